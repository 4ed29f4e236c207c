//! The server as its clients see it: each test starts one on loopback and sends requests over HTTP.

mod access;
mod arrow;
mod common;
mod concurrency;
mod console;
mod disk;
mod evaluation;
mod faults;
mod folder;
mod interrupts;
mod limits;
mod memory;
mod models;
mod openapi;
mod places;
mod store;
mod streams;
mod tables;
mod tls;

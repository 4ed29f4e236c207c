//! The server as its clients see it: each test starts one on loopback and talks to it over HTTP.

mod arrow;
mod common;
mod concurrency;
mod console;
mod disk;
mod evaluation;
mod faults;
mod folder;
mod limits;
mod models;
mod openapi;
mod store;
mod streams;
mod tables;
mod tls;

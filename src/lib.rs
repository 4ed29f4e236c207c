//! Scores PMML.

//! The trace that a request is a part of (W3C Trace Context): the headers `traceparent` and
//! `tracestate`.
//!
//! The service only passes them on and logs the ids. What does not follow the recommendation is
//! ignored. Nothing else depends on what a client sends here.
//!
//! Start reading at [`TraceContext`].

mod context;
#[cfg(test)]
mod tests;
mod traceparent;
mod tracestate;

pub use context::TraceContext;

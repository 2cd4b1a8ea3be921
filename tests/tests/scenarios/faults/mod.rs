//! What a network and a server can do wrong: each fault alone, and all of them at random.

mod alone;
mod clocks;
pub(crate) mod fault;
pub(crate) mod hasty;
mod limits;
mod mixed;
pub(crate) mod server;
mod streams;

//! What a network and a server can do wrong: each fault alone, and all of them at random.

mod alone;
mod clocks;
mod fault;
mod hasty;
mod limits;
mod mixed;
mod server;
mod streams;

//! Sending an answer event by event.

use std::io;

use async_stream::stream;
use axum::body::Body;

use super::{
    Gate,
    piece::Piece,
    sent::{End, Entry},
};

/// A body of these events, each of which waits at the gate; afterwards the connection is closed if it breaks off.
pub(super) fn body(pieces: Vec<Piece>, breaks_off: bool, gate: Gate, entry: Entry) -> Body {
    Body::from_stream(stream! {
        for piece in pieces {
            gate.pass().await;
            entry.sends(&piece);
            yield Ok(piece.bytes);
        }
        if breaks_off {
            gate.pass().await;
            entry.ends(End::BrokeOff);
            yield Err(io::Error::other("the stand-in breaks off as it was told"));
        } else {
            entry.ends(End::Whole);
        }
    })
}

//! What the attribute macros expand to. No part of the public API.

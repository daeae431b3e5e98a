//! What an answer tells its call.

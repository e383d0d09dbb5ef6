//! Faults in the area `protocol`: the letter of RFC 7643 and RFC 7644.

macro_rules! protocol_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*

    } } };
}

//! Faults in the area `trouble`: races, lost answers and sudden ends.

macro_rules! trouble_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*

    } } };
}

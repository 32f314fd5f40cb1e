//! Files and guests made to do harm: none of them stops, slows or blinds the host.

mod answer;
mod made;
mod neighbour;
mod bomb;
mod cache;
mod call;
mod load;

use tenterhook_sdk::prelude::*;

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
}

#[derive(Serialize)]
union Either {
    a: u8,
    b: i8,
}

fn main() {}

//! What the macros refuse, and in which words. `TRYBUILD=overwrite` writes the expected words anew.

#[test]
fn mistakes_are_named_where_they_are() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}

//! What one call reads, writes and lists, and where it ends.

use super::super::Volatile;
use super::*;

struct Bench {
    memory: Arc<Volatile>,
    owner: Owner,
}

impl Bench {
    fn new() -> Self {
        Self { memory: Arc::default(), owner: Owner::new(&"hook".into(), None) }
    }

    fn draft(&self) -> Draft {
        Draft::new(Arc::clone(&self.memory) as Arc<dyn Memory>, self.owner.clone())
    }

    fn call(&self, call: impl FnOnce(&mut Draft)) {
        let mut draft = self.draft();
        call(&mut draft);
        self.memory.apply(&self.owner, draft.take());
    }

    fn kept(&self, key: &str) -> Option<String> {
        let value = self.memory.get(&self.owner, key).unwrap();
        value.map(|value| String::from_utf8(value).unwrap())
    }
}

fn set(draft: &mut Draft, key: &str, value: &str) {
    draft.set(key.into(), value.into()).unwrap();
}

#[test]
fn a_call_sees_what_it_wrote_and_others_see_it_when_it_is_applied() {
    let bench = Bench::new();
    let mut draft = bench.draft();
    set(&mut draft, "a", "1");
    assert_eq!(draft.get("a"), Ok(Some(b"1".to_vec())));
    assert_eq!(bench.draft().get("a"), Ok(None));
    draft.delete("a".into()).unwrap();
    assert_eq!(draft.get("a"), Ok(None));
    assert_eq!(draft.take(), [Write::Delete("a".into())]);
}

#[test]
fn increments_of_two_calls_add_up_and_stay_what_was_set_in_between() {
    let bench = Bench::new();
    let (mut one, mut two) = (bench.draft(), bench.draft());
    assert_eq!(one.increment("n".into(), 2), Ok(2));
    assert_eq!(one.increment("n".into(), 1), Ok(3));
    assert_eq!(two.increment("n".into(), 5), Ok(5));
    assert_eq!(one.get("n"), Ok(Some(b"3".to_vec())));
    for draft in [one, two] {
        bench.memory.apply(&bench.owner, draft.take());
    }
    assert_eq!(bench.kept("n").as_deref(), Some("8"));
    // What a call has set itself is no delta.
    bench.call(|draft| {
        set(draft, "n", "1");
        assert_eq!(draft.increment("n".into(), 1), Ok(2));
        draft.delete("m".into()).unwrap();
        assert_eq!(draft.increment("m".into(), 7), Ok(7));
    });
    assert_eq!((bench.kept("n").as_deref(), bench.kept("m").as_deref()), (Some("2"), Some("7")));
    let mut draft = bench.draft();
    assert_eq!(draft.increment("n".into(), u64::MAX), Err(Fault::Overflow("n".into())));
    set(&mut draft, "n", "many");
    assert_eq!(draft.increment("n".into(), 1), Err(Fault::NoNumber("n".into())));
}

#[test]
fn pages_hold_what_is_kept_and_written_and_not_what_is_gone() {
    let bench = Bench::new();
    for part in 0..3 {
        bench.call(|draft| (0..900).for_each(|n| set(draft, &format!("k{part}{n:03}"), "")));
    }
    let mut draft = bench.draft();
    (0..500).for_each(|n| draft.delete(format!("k0{n:03}")).unwrap());
    set(&mut draft, "a", "");
    set(&mut draft, "z", "");
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let (keys, next) = draft.list(cursor).unwrap();
        assert!(keys.len() == PAGE || next.is_none());
        // What goes while they are listed shifts nobody out of a page.
        draft.delete(keys[0].clone()).unwrap();
        all.extend(keys);
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(all.len(), 3 * 900 - 500 + 2);
    assert!(all.is_sorted());
    assert_eq!(draft.list(Some(99)), Err(Fault::Cursor(99)));
    assert_eq!(bench.draft().list(Some(0)), Err(Fault::Cursor(0)));
}

#[test]
fn a_call_writes_so_many_keys_and_bytes_and_no_more() {
    let bench = Bench::new();
    let mut draft = bench.draft();
    (0..KEYS_MAX).for_each(|n| set(&mut draft, &n.to_string(), ""));
    assert_eq!(draft.set("one more".into(), vec![]), Err(Fault::Writes));
    assert_eq!(draft.increment("one more".into(), 1), Err(Fault::Writes));
    set(&mut draft, "0", "again");
    let mut draft = bench.draft();
    let full =
        (0..100).map(|n| draft.set(n.to_string(), vec![0; VALUE_BYTES_MAX])).position(|set| set.is_err());
    assert_eq!(full, Some(15));
    // To write the same key again takes no more room.
    draft.set("0".into(), vec![1; VALUE_BYTES_MAX]).unwrap();
    assert_eq!(draft.set("".into(), vec![]), Err(Fault::Key(0)));
    assert_eq!(draft.get(&"k".repeat(513)), Err(Fault::Key(513)));
    assert_eq!(draft.set("k".repeat(512), vec![0; VALUE_BYTES_MAX + 1]), Err(Fault::Value(65537)));
}

#[test]
fn a_full_state_takes_nothing_more_but_gives_way() {
    let bench = Bench::new();
    let mut n = 0;
    loop {
        let mut draft = bench.draft();
        let sets: Vec<_> = (n..n + 15).map(|n| draft.set(n.to_string(), vec![0; VALUE_BYTES_MAX])).collect();
        bench.memory.apply(&bench.owner, draft.take());
        n += 15;
        if sets.contains(&Err(Fault::Full)) {
            break;
        }
    }
    assert!(bench.memory.bytes(&bench.owner) <= BYTES_MAX);
    let mut draft = bench.draft();
    assert_eq!(draft.set("x".into(), vec![0; VALUE_BYTES_MAX]), Err(Fault::Full));
    set(&mut draft, "0", "smaller");
    draft.delete("1".into()).unwrap();
    draft.set("x".into(), vec![0; VALUE_BYTES_MAX]).unwrap();
    let keys = (0..20).map(|n| n.to_string()).collect();
    assert_eq!(draft.get_many(keys), Err(Fault::Read));
    let few = draft.get_many(vec!["0".into(), "1".into()]).unwrap();
    assert_eq!(few, [Some(("0".into(), b"smaller".to_vec())), None]);
}

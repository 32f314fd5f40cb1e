//! probe
use std::time::{Duration, Instant};
use tenterhook::{Event, Floor, Host};
fn event() -> Event {
    Event::new("cloud.pre_create", "bench")
        .facet("option", "SERVER")
        .subject("s")
        .data(&serde_json::json!({"cpu":4,"ram":8192,"name":"a-server-of-a-customer","zone":"eu-1"}))
        .unwrap()
}
fn med(mut v: Vec<f64>) -> f64 {
    v.sort_by(f64::total_cmp);
    v[v.len() / 2]
}
fn main() {
    let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let wasm = std::fs::read(tenterhook_tests::guest("accept")).unwrap();
    let floor = Floor::new(&wasm).unwrap();
    let e = event();
    println!("data {} bytes", e.data.as_str().len());
    for _ in 0..2 {
        let n = 2000;
        let us = |d: Duration| d.as_secs_f64() * 1e6 / n as f64;
        let p = med((0..15).map(|_| us(rt.block_on(floor.prepared_call(&e, n)))).collect());
        let f = med((0..15).map(|_| us(rt.block_on(floor.fresh(&e, n)))).collect());
        let w = med((0..15).map(|_| us(rt.block_on(floor.warm(&e, n)))).collect());
        println!("floor prepared {p:.2} fresh {f:.2} warm {w:.2}");
    }
    let dir = tempfile_dir();
    std::fs::write(dir.join("a.wasm"), &wasm).unwrap();
    for iso in ["fresh", "warm"] {
        std::fs::write(dir.join("a.toml"), format!("isolation = '{iso}'\n")).unwrap();
        let host = rt.block_on(Host::builder().hooks(&dir).start()).unwrap();
        for p in &host.roster().problems {
            println!("{p}");
        }
        let one = |host: &Host| {
            let e = event();
            let host = host.clone();
            rt.block_on(async move {
                let t = Instant::now();
                let o = host.ask(e).await.unwrap();
                let d = t.elapsed();
                assert!(o.data().is_ok(), "{o:?}");
                d
            })
        };
        for (name, pace) in [("paced 1k", 1000u64), ("paced 10k", 100), ("paced 50k", 20), ("closed", 0)] {
            let mut v = Vec::new();
            let begin = Instant::now();
            for i in 0..20000u64.min(if pace > 0 { 3_000_000 / pace } else { 20000 }) {
                if pace > 0 {
                    while begin.elapsed() < Duration::from_micros(pace * i) {
                        std::hint::spin_loop();
                    }
                }
                v.push(one(&host).as_secs_f64() * 1e6);
            }
            let mut s = v.clone();
            s.sort_by(f64::total_cmp);
            println!("ask {iso} {name}: median {:.2} p99 {:.2} us", s[s.len() / 2], s[s.len() * 99 / 100]);
        }
    }
}
fn tempfile_dir() -> std::path::PathBuf {
    let d = std::env::temp_dir().join("tenterhook-bench");
    let _ = std::fs::remove_dir_all(&d);
    std::fs::create_dir_all(&d).unwrap();
    d
}

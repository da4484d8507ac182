// SPDX-License-Identifier: MIT
//! crossbeam-channel between threads. It has channels and select but no tasks,
//! so what asks for many tasks is left out.

use crossbeam_channel::{
    bounded, select, tick, unbounded, Receiver, Select, Sender,
};
use leat_bench_peers::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

type Ends = (Sender<i64>, Receiver<i64>);

fn channel(capacity: i64) -> Ends {
    match capacity {
        UNBOUNDED => unbounded(),
        _ => bounded(capacity as usize),
    }
}

fn ping_pong(_: i64, n: i64) {
    let ((a, from_a), (to_b, b)) = (bounded(0), bounded(0));
    let peer = thread::spawn(move || {
        for v in from_a {
            to_b.send(v + 1).unwrap();
        }
    });
    for i in 0..n {
        a.send(i).unwrap();
        check(b.recv() == Ok(i + 1), "the answer of a ping");
    }
    stop();
    drop(a);
    peer.join().unwrap();
}

fn ring(_: i64, n: i64) {
    let c: Vec<Ends> = (0..MEMBERS).map(|_| bounded(0)).collect();
    let (done, ended) = bounded(1);
    let members: Vec<_> = (0..MEMBERS)
        .map(|i| {
            let from = c[i].1.clone();
            let to = c[(i + 1) % MEMBERS].0.clone();
            let done = done.clone();
            thread::spawn(move || {
                for v in from.iter().take_while(|v| *v >= 0) {
                    if v == 0 {
                        done.send(true).unwrap();
                    } else {
                        to.send(v - 1).unwrap();
                    }
                }
                if i != MEMBERS - 1 {
                    to.send(-1).unwrap();
                }
            })
        })
        .collect();
    reset();
    c[0].0.send(n).unwrap();
    ended.recv().unwrap();
    stop();
    c[0].0.send(-1).unwrap();
    members.into_iter().for_each(|m| m.join().unwrap());
}

fn select_receive(c: &[Receiver<i64>], n: i64) -> i64 {
    let mut sum = 0;
    for _ in 0..n {
        sum += select! {
            recv(c[0]) -> v => v,
            recv(c[1]) -> v => v,
            recv(c[2]) -> v => v,
            recv(c[3]) -> v => v,
        }
        .unwrap();
    }
    sum
}

fn send_all(to: &Sender<i64>, count: i64) {
    for v in 1..=count {
        to.send(v).unwrap();
    }
}

fn receive_all(from: &Receiver<i64>, count: i64) -> i64 {
    (0..count).map(|_| from.recv().unwrap()).sum()
}

fn prime_sieve(_: i64, n: i64) {
    for _ in 0..n {
        let (to, mut c) = bounded(0);
        thread::spawn(move || (2..=541).for_each(|i| to.send(i).unwrap()));
        let (mut count, mut last) = (0, 0);
        while let Ok(prime) = c.recv() {
            count += 1;
            last = prime;
            let (to, next) = bounded(0);
            let from = c;
            thread::spawn(move || {
                for v in from.iter().filter(|v: &i64| v % prime != 0) {
                    to.send(v).unwrap();
                }
            });
            c = next;
        }
        check(count == 100 && last == 541, "the hundredth prime");
    }
}

fn mandelbrot(_: i64, n: i64) {
    let mut expected = -1;
    for _ in 0..n {
        let (to, result) = bounded(ROWS as usize);
        for y in 0..ROWS {
            let to = to.clone();
            thread::spawn(move || to.send(mandelbrot_row(y)).unwrap());
        }
        let sum = receive_all(&result, ROWS);
        if expected < 0 {
            expected = sum;
        }
        check(sum == expected && sum > 0, "the points of the picture");
    }
}

fn buffered(_: i64, n: i64) {
    let (to, from) = bounded(1);
    for i in 0..n {
        to.send(i).unwrap();
        check(from.recv() == Ok(i), "a value from a buffer");
    }
}

fn seq(capacity: i64, n: i64) {
    let (to, from) = channel(capacity);
    let most = if capacity == UNBOUNDED { n } else { capacity };
    let (mut left, mut sum) = (n, 0);
    while left > 0 {
        let burst = most.min(left);
        for i in 0..burst {
            to.send(left - i).unwrap();
        }
        sum += receive_all(&from, burst);
        left -= burst;
    }
    check(sum == sum_of(1, n), "the values' sum");
}

fn many_to_one(capacity: i64, n: i64, senders: i64) {
    let (to, from) = channel(capacity);
    let each = n / senders;
    thread::scope(|s| {
        for _ in 0..senders {
            s.spawn(|| send_all(&to, each));
        }
        let sum = receive_all(&from, n);
        check(sum == sum_of(senders, each), "the values' sum");
    });
}

fn spsc(capacity: i64, n: i64) {
    many_to_one(capacity, n, 1);
}

fn mpsc(capacity: i64, n: i64) {
    many_to_one(capacity, n, SIDE);
}

fn mpmc(capacity: i64, n: i64) {
    let (to, from) = channel(capacity);
    let each = n / SIDE;
    thread::scope(|s| {
        for _ in 0..SIDE {
            s.spawn(|| send_all(&to, each));
        }
        let receivers: Vec<_> =
            (0..SIDE).map(|_| s.spawn(|| receive_all(&from, each))).collect();
        let sum = receivers.into_iter().map(|r| r.join().unwrap()).sum();
        check(sum_of(SIDE, each) == sum, "the values' sum");
    });
}

fn select_rx(capacity: i64, n: i64) {
    let (to, from): (Vec<_>, Vec<_>) =
        (0..SIDE).map(|_| channel(capacity)).unzip();
    let each = n / SIDE;
    thread::scope(|s| {
        for to in &to {
            s.spawn(move || send_all(to, each));
        }
        check(select_receive(&from, n) == sum_of(SIDE, each), "the sum");
    });
}

fn select_send(to: &[Sender<i64>], count: i64) {
    let mut select = Select::new();
    for to in to {
        select.send(to);
    }
    for v in 1..=count {
        let ready = select.select();
        let which = ready.index();
        ready.send(&to[which], v).unwrap();
    }
}

fn select_both(capacity: i64, n: i64) {
    let (to, from): (Vec<_>, Vec<_>) =
        (0..SIDE).map(|_| channel(capacity)).unzip();
    let each = n / SIDE;
    thread::scope(|s| {
        for _ in 0..SIDE {
            s.spawn(|| select_send(&to, each));
        }
        let receivers: Vec<_> = (0..SIDE)
            .map(|_| s.spawn(|| select_receive(&from, each)))
            .collect();
        let sum = receivers.into_iter().map(|r| r.join().unwrap()).sum();
        check(sum_of(SIDE, each) == sum, "the values' sum");
    });
}

fn ticker(hogs: i64, ticks: &mut Ticks) {
    static OVER: AtomicBool = AtomicBool::new(false);
    for _ in 0..hogs {
        thread::spawn(|| while !OVER.load(Ordering::Relaxed) {});
    }
    let ticker = tick(Duration::from_millis(1));
    loop {
        ticker.recv().unwrap();
        if !ticks.tick() {
            break;
        }
    }
    OVER.store(true, Ordering::Relaxed);
}

fn main() {
    let benches = [
        bench("PingPong", ping_pong),
        bench("Ring", ring),
        pattern("FanInSelect", select_rx, 0),
        bench("PrimeSieve", prime_sieve),
        bench("Mandelbrot", mandelbrot),
        bench("BufferedUncontended", buffered),
        pattern("Pattern/seq/cap=1", seq, 1),
        pattern("Pattern/seq/cap=1000", seq, 1000),
        pattern("Pattern/seq/unbounded", seq, UNBOUNDED),
        pattern("Pattern/spsc/cap=0", spsc, 0),
        pattern("Pattern/spsc/cap=1", spsc, 1),
        pattern("Pattern/spsc/cap=1000", spsc, 1000),
        pattern("Pattern/spsc/unbounded", spsc, UNBOUNDED),
        pattern("Pattern/mpsc/cap=0", mpsc, 0),
        pattern("Pattern/mpsc/cap=1", mpsc, 1),
        pattern("Pattern/mpsc/cap=1000", mpsc, 1000),
        pattern("Pattern/mpsc/unbounded", mpsc, UNBOUNDED),
        pattern("Pattern/mpmc/cap=0", mpmc, 0),
        pattern("Pattern/mpmc/cap=1", mpmc, 1),
        pattern("Pattern/mpmc/cap=1000", mpmc, 1000),
        pattern("Pattern/mpmc/unbounded", mpmc, UNBOUNDED),
        pattern("Pattern/select_rx/cap=0", select_rx, 0),
        pattern("Pattern/select_rx/cap=1", select_rx, 1),
        pattern("Pattern/select_rx/cap=1000", select_rx, 1000),
        pattern("Pattern/select_rx/unbounded", select_rx, UNBOUNDED),
        pattern("Pattern/select_both/cap=0", select_both, 0),
        pattern("Pattern/select_both/cap=1", select_both, 1),
        pattern("Pattern/select_both/cap=1000", select_both, 1000),
        pattern("Pattern/select_both/unbounded", select_both, UNBOUNDED),
    ];
    let modes = Modes { park: None, ticker: Some(ticker), echo_server: None };
    leat_bench_peers::main(&benches, &modes);
}

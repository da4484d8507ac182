// SPDX-License-Identifier: MIT
//! may: coroutines with stacks of their own. Its channels have no bound, so a
//! sender never waits, where the others use unbuffered ones; its select takes
//! values it does not use, so what selects is left out.

use leat_bench_peers::*;
use may::net::{TcpListener, TcpStream};
use may::sync::{mpmc, mpsc, spsc, SyncFlag};
use may::{coroutine, go};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::Arc;
use std::time::Instant;

/// Each stack is two mappings, and Linux allows a process 65,530.
const PARKED_MAX: i64 = 20_000;

/// Runs a workload as a coroutine.
fn run<F: FnOnce() + Send + 'static>(workload: F) {
    go!(workload).join().unwrap();
}

/// Counts coroutines down; one waiter.
struct Tally {
    left: AtomicI64,
    zero: SyncFlag,
}

impl Tally {
    fn new(count: i64) -> Arc<Tally> {
        Arc::new(Tally { left: AtomicI64::new(count), zero: SyncFlag::new() })
    }
    fn done(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.zero.fire();
        }
    }
    fn wait(&self) {
        self.zero.wait();
    }
}

fn ping_pong(n: i64) {
    let ((a, from_a), (to_b, b)) = (spsc::channel(), spsc::channel());
    go!(move || while let Ok(v) = from_a.recv() {
        to_b.send(v + 1).unwrap();
    });
    for i in 0..n {
        a.send(i).unwrap();
        check(b.recv() == Ok(i + 1), "the answer of a ping");
    }
    stop();
}

fn ring(n: i64) {
    let (to, from): (Vec<_>, Vec<_>) =
        (0..MEMBERS).map(|_| mpsc::channel::<i64>()).unzip();
    let (done, ended) = mpsc::channel();
    for (i, from) in from.into_iter().enumerate() {
        let to = to[(i + 1) % MEMBERS].clone();
        let done = done.clone();
        go!(move || {
            while let Ok(v) = from.recv() {
                if v < 0 {
                    break;
                } else if v == 0 {
                    done.send(true).unwrap();
                } else {
                    to.send(v - 1).unwrap();
                }
            }
            if i != MEMBERS - 1 {
                to.send(-1).unwrap();
            }
        });
    }
    reset();
    to[0].send(n).unwrap();
    ended.recv().unwrap();
    stop();
    to[0].send(-1).unwrap();
}

fn park(n: i64, done: Arc<Tally>) -> Arc<SyncFlag> {
    let (ready, gate) = (Tally::new(n), Arc::new(SyncFlag::new()));
    for _ in 0..n {
        let (ready, gate, done) = (ready.clone(), gate.clone(), done.clone());
        go!(move || {
            ready.done();
            gate.wait();
            done.done();
        });
    }
    ready.wait();
    gate
}

fn spawn_idle(n: i64) {
    let mut left = n;
    while left > 0 {
        let batch = left.min(PARKED_MAX);
        let done = Tally::new(batch);
        park(batch, done.clone()).fire();
        done.wait();
        left -= batch;
    }
}

fn prime_sieve(n: i64) {
    for _ in 0..n {
        let (to, mut c) = spsc::channel();
        go!(move || (2..=541).for_each(|i| to.send(i).unwrap()));
        let (mut count, mut last) = (0, 0);
        while let Ok(prime) = c.recv() {
            count += 1;
            last = prime;
            let (to, next) = spsc::channel();
            let from = c;
            go!(move || while let Ok(v) = from.recv() {
                let v: i64 = v;
                if v % prime != 0 {
                    to.send(v).unwrap();
                }
            });
            c = next;
        }
        check(count == 100 && last == 541, "the hundredth prime");
    }
}

fn mandelbrot(n: i64) {
    let mut expected = -1;
    for _ in 0..n {
        let (to, result) = mpsc::channel();
        for y in 0..ROWS {
            let to = to.clone();
            go!(move || to.send(mandelbrot_row(y)).unwrap());
        }
        let sum = (0..ROWS).map(|_| result.recv().unwrap()).sum();
        if expected < 0 {
            expected = sum;
        }
        check(sum == expected && sum > 0, "the points of the picture");
    }
}

fn node(first: i64, size: i64, result: mpsc::Sender<i64>) {
    if size == 1 {
        result.send(first).unwrap();
        return;
    }
    let (to, c) = mpsc::channel();
    let (children, mut first) = (size.min(10), first);
    for i in 0..children {
        let part = size / children + i64::from(i < size % children);
        let (to, start) = (to.clone(), first);
        go!(move || node(start, part, to));
        first += part;
    }
    let sum = (0..children).map(|_| c.recv().unwrap()).sum();
    result.send(sum).unwrap();
}

fn skynet(n: i64) {
    let (to, result) = mpsc::channel();
    go!(move || node(0, n, to));
    check(result.recv() == Ok(n * (n - 1) / 2), "the leaves' sum");
}

fn spawn_finish(n: i64) {
    let mut left = n;
    while left > 0 {
        let batch = left.min(1000);
        let tally = Tally::new(batch);
        for _ in 0..batch {
            let tally = tally.clone();
            go!(move || tally.done());
        }
        tally.wait();
        left -= batch;
    }
}

fn yielding(n: i64) {
    let done = Tally::new(2);
    for _ in 0..2 {
        let done = done.clone();
        go!(move || {
            for _ in 0..n / 2 {
                coroutine::yield_now();
            }
            done.done();
        });
    }
    done.wait();
}

// ---- The patterns -----------------------------------------------------------

fn seq(n: i64) {
    let (to, from) = spsc::channel();
    (1..=n).for_each(|v| to.send(v).unwrap());
    let sum = (0..n).map(|_| from.recv().unwrap()).sum::<i64>();
    check(sum == sum_of(1, n), "the values' sum");
}

fn spsc_pattern(n: i64) {
    let (to, from) = spsc::channel();
    go!(move || (1..=n).for_each(|v| to.send(v).unwrap()));
    let sum = (0..n).map(|_| from.recv().unwrap()).sum::<i64>();
    check(sum == sum_of(1, n), "the values' sum");
}

fn mpsc_pattern(n: i64) {
    let (to, from) = mpsc::channel();
    for _ in 0..SIDE {
        let to = to.clone();
        go!(move || (1..=n / SIDE).for_each(|v| to.send(v).unwrap()));
    }
    let sum = (0..n).map(|_| from.recv().unwrap()).sum::<i64>();
    check(sum == sum_of(SIDE, n / SIDE), "the values' sum");
}

fn mpmc_pattern(n: i64) {
    let (to, from) = mpmc::channel();
    let each = n / SIDE;
    for _ in 0..SIDE {
        let to = to.clone();
        go!(move || (1..=each).for_each(|v| to.send(v).unwrap()));
    }
    let receivers: Vec<_> = (0..SIDE)
        .map(|_| {
            let from = from.clone();
            go!(move || (0..each).map(|_| from.recv().unwrap()).sum::<i64>())
        })
        .collect();
    let sum = receivers.into_iter().map(|r| r.join().unwrap()).sum();
    check(sum_of(SIDE, each) == sum, "the values' sum");
}

// ---- Echo -------------------------------------------------------------------

fn echo_server(conns: i64) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    echo_listens(listener.local_addr().unwrap().port());
    let ended = Tally::new(conns);
    for _ in 0..conns {
        let mut c = listener.accept().unwrap().0;
        c.set_nodelay(true).unwrap();
        let ended = ended.clone();
        go!(move || {
            let mut message = [0; MESSAGE];
            c.write_all(&message[..1]).unwrap(); // "you are connected"
            while let Ok(got @ 1..) = c.read(&mut message) {
                c.write_all(&message[..got]).unwrap();
            }
            ended.done();
        });
    }
    ended.wait();
}

fn echo_clients(conns: i64, n: i64) {
    let (server, port) = echo_spawn(conns);
    let clients: Vec<_> = (0..conns)
        .map(|_| {
            let mut c = TcpStream::connect(("127.0.0.1", port)).unwrap();
            c.set_nodelay(true).unwrap();
            check(c.read_exact(&mut [0]).is_ok(), "a connection");
            reset_at_close(&c);
            c
        })
        .collect();
    reset();
    let calls: Vec<_> = clients
        .into_iter()
        .map(|mut c| {
            go!(move || {
                let mut answer = [0; MESSAGE];
                for turn in 0..n / conns {
                    let message = echo_message(turn);
                    c.write_all(&message).unwrap();
                    c.read_exact(&mut answer).unwrap();
                    check(message == answer, "the echo");
                }
                c
            })
        })
        .collect();
    let ends: Vec<_> = calls.into_iter().map(|c| c.join().unwrap()).collect();
    stop();
    drop(ends);
    echo_ended(server);
}

/// No socket is left in TIME_WAIT: the ports are needed for the next run.
fn reset_at_close(c: &TcpStream) {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    unsafe {
        libc::setsockopt(
            c.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_LINGER,
            (&raw const linger).cast(),
            size_of::<libc::linger>() as u32,
        );
    }
}

// ---- The modes --------------------------------------------------------------

fn memory(n: i64) {
    run(move || std::mem::forget(park(n, Tally::new(n))));
}

/// It has no ticker; sleeping until each tick is due does the same. A coroutine
/// that computes keeps its thread, and the hogs end by the clock.
fn ticker(hogs: i64, ticks: &mut Ticks) {
    let end = ticks.end();
    for _ in 0..hogs {
        go!(move || while Instant::now() < end {});
    }
    let ticks: &'static mut Ticks = unsafe { &mut *(ticks as *mut Ticks) };
    run(move || loop {
        let wait = ticks.due().saturating_duration_since(Instant::now());
        coroutine::sleep(wait);
        if !ticks.tick() {
            break;
        }
    });
}

fn main() {
    may::config().set_workers(procs()).set_worker_pin(false);
    run(|| {}); // its threads start here, outside the time
    let benches = [
        bench("PingPong", |_, n| run(move || ping_pong(n))),
        bench("Ring", |_, n| run(move || ring(n))),
        Bench {
            limit: 1_000_000,
            ..bench("SpawnIdle", |_, n| run(move || spawn_idle(n)))
        },
        bench("PrimeSieve", |_, n| run(move || prime_sieve(n))),
        bench("Mandelbrot", |_, n| run(move || mandelbrot(n))),
        Bench {
            limit: 1_000_000,
            ..bench("Skynet", |_, n| run(move || skynet(n)))
        },
        bench("SpawnFinish", |_, n| run(move || spawn_finish(n))),
        Bench { granule: 2, ..bench("Yield", |_, n| run(move || yielding(n))) },
        pattern(
            "Pattern/seq/unbounded",
            |_, n| run(move || seq(n)),
            UNBOUNDED,
        ),
        pattern(
            "Pattern/spsc/unbounded",
            |_, n| run(move || spsc_pattern(n)),
            UNBOUNDED,
        ),
        pattern(
            "Pattern/mpsc/unbounded",
            |_, n| run(move || mpsc_pattern(n)),
            UNBOUNDED,
        ),
        pattern(
            "Pattern/mpmc/unbounded",
            |_, n| run(move || mpmc_pattern(n)),
            UNBOUNDED,
        ),
        echo("Echo/conns=1", |c, n| run(move || echo_clients(c, n)), 1),
        echo("Echo/conns=100", |c, n| run(move || echo_clients(c, n)), 100),
        echo("Echo/conns=10000", |c, n| run(move || echo_clients(c, n)), 10000),
    ];
    let modes = Modes {
        park: Some(memory),
        ticker: Some(ticker),
        echo_server: Some(|conns| {
            echo_begin(conns);
            run(move || echo_server(conns));
        }),
    };
    leat_bench_peers::main(&benches, &modes);
}

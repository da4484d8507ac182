// SPDX-License-Identifier: MIT
//! tokio: stackless tasks. Its channels have one receiver and no capacity of 0:
//! where the others use an unbuffered one, this uses the smallest, 1. With one
//! P it runs its single-threaded scheduler, which is the faster one.

use leat_bench_peers::*;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, Notify, Semaphore};
use tokio::time::{interval_at, Instant, MissedTickBehavior};

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let builder = match procs() {
            1 => Builder::new_current_thread().enable_all().build(),
            n => Builder::new_multi_thread()
                .worker_threads(n)
                .enable_all()
                .build(),
        };
        builder.unwrap()
    })
}

/// Runs a workload as a task.
fn run<F: Future<Output = ()> + Send + 'static>(workload: F) {
    runtime().block_on(runtime().spawn(workload)).unwrap();
}

/// Counts tasks down; one waiter.
struct Tally {
    left: AtomicI64,
    zero: Notify,
}

impl Tally {
    fn new(count: i64) -> Arc<Tally> {
        Arc::new(Tally { left: AtomicI64::new(count), zero: Notify::new() })
    }
    fn done(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.zero.notify_one();
        }
    }
    async fn wait(&self) {
        self.zero.notified().await;
    }
}

async fn ping_pong(n: i64) {
    let ((a, mut from_a), (to_b, mut b)) = (mpsc::channel(1), mpsc::channel(1));
    tokio::spawn(async move {
        while let Some(v) = from_a.recv().await {
            to_b.send(v + 1).await.unwrap();
        }
    });
    for i in 0..n {
        a.send(i).await.unwrap();
        check(b.recv().await == Some(i + 1), "the answer of a ping");
    }
    stop();
}

async fn ring(n: i64) {
    let (to, from): (Vec<_>, Vec<_>) =
        (0..MEMBERS).map(|_| mpsc::channel::<i64>(1)).unzip();
    let (done, mut ended) = mpsc::channel(1);
    for (i, mut from) in from.into_iter().enumerate() {
        let to = to[(i + 1) % MEMBERS].clone();
        let done = done.clone();
        tokio::spawn(async move {
            while let Some(v) = from.recv().await {
                if v < 0 {
                    break;
                } else if v == 0 {
                    done.send(true).await.unwrap();
                } else {
                    to.send(v - 1).await.unwrap();
                }
            }
            if i != MEMBERS - 1 {
                to.send(-1).await.unwrap();
            }
        });
    }
    reset();
    to[0].send(n).await.unwrap();
    ended.recv().await.unwrap();
    stop();
    to[0].send(-1).await.unwrap();
}

/// The gate is a semaphore without permits: closing it wakes all who wait.
async fn park(n: i64, ready: Arc<Tally>, done: Arc<Tally>) -> Arc<Semaphore> {
    let gate = Arc::new(Semaphore::new(0));
    for _ in 0..n {
        let (ready, gate, done) = (ready.clone(), gate.clone(), done.clone());
        tokio::spawn(async move {
            ready.done();
            check(gate.acquire().await.is_err(), "the gate");
            done.done();
        });
    }
    ready.wait().await;
    gate
}

async fn spawn_idle(n: i64) {
    let mut left = n;
    while left > 0 {
        let batch = left.min(100_000);
        let done = Tally::new(batch);
        park(batch, Tally::new(batch), done.clone()).await.close();
        done.wait().await;
        left -= batch;
    }
}

async fn prime_sieve(n: i64) {
    for _ in 0..n {
        let (to, mut c) = mpsc::channel(1);
        tokio::spawn(async move {
            for i in 2..=541 {
                to.send(i).await.unwrap();
            }
        });
        let (mut count, mut last) = (0, 0);
        while let Some(prime) = c.recv().await {
            count += 1;
            last = prime;
            let (to, next) = mpsc::channel(1);
            let mut from = c;
            tokio::spawn(async move {
                while let Some(v) = from.recv().await {
                    let v: i64 = v;
                    if v % prime != 0 {
                        to.send(v).await.unwrap();
                    }
                }
            });
            c = next;
        }
        check(count == 100 && last == 541, "the hundredth prime");
    }
}

async fn mandelbrot(n: i64) {
    let mut expected = -1;
    for _ in 0..n {
        let (to, mut result) = mpsc::channel(ROWS as usize);
        for y in 0..ROWS {
            let to = to.clone();
            tokio::spawn(
                async move { to.send(mandelbrot_row(y)).await.unwrap() },
            );
        }
        let mut sum = 0;
        for _ in 0..ROWS {
            sum += result.recv().await.unwrap();
        }
        if expected < 0 {
            expected = sum;
        }
        check(sum == expected && sum > 0, "the points of the picture");
    }
}

type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;

fn node(first: i64, size: i64, result: mpsc::Sender<i64>) -> Boxed {
    Box::pin(async move {
        if size == 1 {
            result.send(first).await.unwrap();
            return;
        }
        let (to, mut c) = mpsc::channel(1);
        let (children, mut first, mut sum) = (size.min(10), first, 0);
        for i in 0..children {
            let part = size / children + i64::from(i < size % children);
            tokio::spawn(node(first, part, to.clone()));
            first += part;
        }
        for _ in 0..children {
            sum += c.recv().await.unwrap();
        }
        result.send(sum).await.unwrap();
    })
}

async fn skynet(n: i64) {
    let (to, mut result) = mpsc::channel(1);
    tokio::spawn(node(0, n, to));
    check(result.recv().await == Some(n * (n - 1) / 2), "the leaves' sum");
}

async fn buffered(n: i64) {
    let (to, mut from) = mpsc::channel(1);
    for i in 0..n {
        to.send(i).await.unwrap();
        check(from.recv().await == Some(i), "a value from a buffer");
    }
}

async fn spawn_finish(n: i64) {
    let mut left = n;
    while left > 0 {
        let batch = left.min(1000);
        let tally = Tally::new(batch);
        for _ in 0..batch {
            let tally = tally.clone();
            tokio::spawn(async move { tally.done() });
        }
        tally.wait().await;
        left -= batch;
    }
}

async fn yielding(n: i64) {
    let done = Tally::new(2);
    for _ in 0..2 {
        let done = done.clone();
        tokio::spawn(async move {
            for _ in 0..n / 2 {
                tokio::task::yield_now().await;
            }
            done.done();
        });
    }
    done.wait().await;
}

// ---- The patterns -----------------------------------------------------------

#[derive(Clone)]
enum To {
    Bounded(mpsc::Sender<i64>),
    Unbounded(mpsc::UnboundedSender<i64>),
}

enum From {
    Bounded(mpsc::Receiver<i64>),
    Unbounded(mpsc::UnboundedReceiver<i64>),
}

fn channel(capacity: i64) -> (To, From) {
    if capacity == UNBOUNDED {
        let (to, from) = mpsc::unbounded_channel();
        return (To::Unbounded(to), From::Unbounded(from));
    }
    let (to, from) = mpsc::channel(capacity as usize);
    (To::Bounded(to), From::Bounded(from))
}

impl To {
    async fn send(&self, v: i64) {
        match self {
            To::Bounded(to) => to.send(v).await.unwrap(),
            To::Unbounded(to) => to.send(v).unwrap(),
        }
    }
}

impl From {
    async fn recv(&mut self) -> i64 {
        match self {
            From::Bounded(from) => from.recv().await.unwrap(),
            From::Unbounded(from) => from.recv().await.unwrap(),
        }
    }
}

fn spawn_sender(to: To, count: i64) {
    tokio::spawn(async move {
        for v in 1..=count {
            to.send(v).await;
        }
    });
}

async fn seq(capacity: i64, n: i64) {
    let (to, mut from) = channel(capacity);
    let most = if capacity == UNBOUNDED { n } else { capacity };
    let (mut left, mut sum) = (n, 0);
    while left > 0 {
        let burst = most.min(left);
        for i in 0..burst {
            to.send(left - i).await;
        }
        for _ in 0..burst {
            sum += from.recv().await;
        }
        left -= burst;
    }
    check(sum == sum_of(1, n), "the values' sum");
}

async fn many_to_one(capacity: i64, n: i64, senders: i64) {
    let (to, mut from) = channel(capacity);
    for _ in 0..senders {
        spawn_sender(to.clone(), n / senders);
    }
    let mut sum = 0;
    for _ in 0..n {
        sum += from.recv().await;
    }
    check(sum == sum_of(senders, n / senders), "the values' sum");
}

async fn select_rx(capacity: i64, n: i64) {
    let mut c = vec![];
    for _ in 0..SIDE {
        let (to, from) = channel(capacity);
        spawn_sender(to, n / SIDE);
        c.push(from);
    }
    let mut c: [From; SIDE as usize] = c.try_into().ok().unwrap();
    let [c0, c1, c2, c3] = &mut c;
    let mut open = [n / SIDE; 4];
    let mut sum = 0;
    for _ in 0..n {
        // An arm that has had all of its values is closed and out.
        let (which, v) = tokio::select! {
            v = c0.recv(), if open[0] > 0 => (0, v),
            v = c1.recv(), if open[1] > 0 => (1, v),
            v = c2.recv(), if open[2] > 0 => (2, v),
            v = c3.recv(), if open[3] > 0 => (3, v),
        };
        open[which] -= 1;
        sum += v;
    }
    check(sum == sum_of(SIDE, n / SIDE), "the values' sum");
}

// ---- Echo -------------------------------------------------------------------

async fn serve(mut c: TcpStream) {
    let mut message = [0; MESSAGE];
    c.write_all(&message[..1]).await.unwrap(); // "you are connected"
    while let Ok(got) = c.read(&mut message).await {
        if got == 0 {
            break;
        }
        c.write_all(&message[..got]).await.unwrap();
    }
}

async fn echo_server(conns: i64) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    echo_listens(listener.local_addr().unwrap().port());
    let ended = Tally::new(conns);
    for _ in 0..conns {
        let c = listener.accept().await.unwrap().0;
        c.set_nodelay(true).unwrap();
        let ended = ended.clone();
        tokio::spawn(async move {
            serve(c).await;
            ended.done();
        });
    }
    ended.wait().await;
}

async fn call(mut c: TcpStream, times: i64) -> TcpStream {
    let mut answer = [0; MESSAGE];
    for turn in 0..times {
        let message = echo_message(turn);
        c.write_all(&message).await.unwrap();
        c.read_exact(&mut answer).await.unwrap();
        check(message == answer, "the echo");
    }
    c
}

async fn echo_clients(conns: i64, n: i64) {
    let (server, port) = echo_spawn(conns);
    let mut clients = vec![];
    for _ in 0..conns {
        let mut c = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        c.set_nodelay(true).unwrap();
        check(c.read_u8().await.is_ok(), "a connection"); // bench_echo.c
        c.set_zero_linger().unwrap(); // no TIME_WAIT: the ports are needed
        clients.push(c);
    }
    reset();
    let calls: Vec<_> = clients
        .into_iter()
        .map(|c| tokio::spawn(call(c, n / conns)))
        .collect();
    let mut clients = vec![];
    for call in calls {
        clients.push(call.await.unwrap());
    }
    stop();
    drop(clients);
    echo_ended(server);
}

// ---- The modes --------------------------------------------------------------

fn memory(n: i64) {
    let gate = park(n, Tally::new(n), Tally::new(n));
    let gate = runtime().block_on(runtime().spawn(gate));
    std::mem::forget(gate); // parked until the process ends
}

/// A task that computes keeps its thread: with as many of them as threads the
/// ticker waits until they end, which they do by the clock.
fn ticker(hogs: i64, ticks: &mut Ticks) {
    let end = ticks.end();
    for _ in 0..hogs {
        runtime().spawn(async move { while std::time::Instant::now() < end {} });
    }
    let ticks: &'static mut Ticks = unsafe { &mut *(ticks as *mut Ticks) };
    let beat = runtime().spawn(async move {
        let start = Instant::from_std(ticks.due());
        let mut ticker = interval_at(start, Duration::from_millis(1));
        ticker.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            ticker.tick().await;
            if !ticks.tick() {
                break;
            }
        }
    });
    runtime().block_on(beat).unwrap();
}

fn main() {
    run(async {}); // its threads start here, outside the time
    let benches = [
        bench("PingPong", |_, n| run(ping_pong(n))),
        bench("Ring", |_, n| run(ring(n))),
        pattern("FanInSelect", |c, n| run(select_rx(c, n)), 1),
        Bench {
            limit: 1_000_000,
            ..bench("SpawnIdle", |_, n| run(spawn_idle(n)))
        },
        bench("PrimeSieve", |_, n| run(prime_sieve(n))),
        bench("Mandelbrot", |_, n| run(mandelbrot(n))),
        Bench { limit: 1_000_000, ..bench("Skynet", |_, n| run(skynet(n))) },
        bench("BufferedUncontended", |_, n| run(buffered(n))),
        bench("SpawnFinish", |_, n| run(spawn_finish(n))),
        Bench { granule: 2, ..bench("Yield", |_, n| run(yielding(n))) },
        pattern("Pattern/seq/cap=1", |c, n| run(seq(c, n)), 1),
        pattern("Pattern/seq/cap=1000", |c, n| run(seq(c, n)), 1000),
        pattern("Pattern/seq/unbounded", |c, n| run(seq(c, n)), UNBOUNDED),
        pattern("Pattern/spsc/cap=1", |c, n| run(many_to_one(c, n, 1)), 1),
        pattern("Pattern/spsc/cap=1000", |c, n| run(many_to_one(c, n, 1)), 1000),
        pattern(
            "Pattern/spsc/unbounded",
            |c, n| run(many_to_one(c, n, 1)),
            UNBOUNDED,
        ),
        pattern("Pattern/mpsc/cap=1", |c, n| run(many_to_one(c, n, SIDE)), 1),
        pattern(
            "Pattern/mpsc/cap=1000",
            |c, n| run(many_to_one(c, n, SIDE)),
            1000,
        ),
        pattern(
            "Pattern/mpsc/unbounded",
            |c, n| run(many_to_one(c, n, SIDE)),
            UNBOUNDED,
        ),
        pattern("Pattern/select_rx/cap=1", |c, n| run(select_rx(c, n)), 1),
        pattern("Pattern/select_rx/cap=1000", |c, n| run(select_rx(c, n)), 1000),
        pattern(
            "Pattern/select_rx/unbounded",
            |c, n| run(select_rx(c, n)),
            UNBOUNDED,
        ),
        echo("Echo/conns=1", |c, n| run(echo_clients(c, n)), 1),
        echo("Echo/conns=100", |c, n| run(echo_clients(c, n)), 100),
        echo("Echo/conns=10000", |c, n| run(echo_clients(c, n)), 10000),
    ];
    let modes = Modes {
        park: Some(memory),
        ticker: Some(ticker),
        echo_server: Some(|conns| {
            echo_begin(conns);
            run(echo_server(conns));
        }),
    };
    leat_bench_peers::main(&benches, &modes);
}

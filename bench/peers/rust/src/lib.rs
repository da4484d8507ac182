// SPDX-License-Identifier: MIT
//! The protocol of ../../../README.md, shared by the three peers: list, NAME N,
//! NAME auto [MS], memory N, ticker HOGS MS. The number of Ps is in PEERPROCS.

use std::io::{BufRead, BufReader, Write};
use std::process::{exit, Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const N_MAX: i64 = 1_000_000_000;
const GROWTH_MAX: f64 = 100.0;
const MS_DEFAULT: i64 = 200;
const FILES_USUAL: u64 = 64;
const SERVER_SECONDS: u64 = 300;

pub const SIDE: i64 = 4; // senders, and receivers, of a pattern
pub const MEMBERS: usize = 100; // of the ring
pub const MESSAGE: usize = 64; // bytes of an echo
pub const ROWS: i64 = 64; // of the picture
pub const UNBOUNDED: i64 = -1;

pub struct Bench {
    pub name: &'static str,
    pub run: fn(arg: i64, n: i64),
    pub arg: i64,
    pub granule: i64,
    pub limit: i64, // largest N that auto tries
    pub files: u64, // descriptors it needs beside the usual few
}

pub const fn bench(name: &'static str, run: fn(i64, i64)) -> Bench {
    Bench { name, run, arg: 0, granule: 1, limit: N_MAX, files: 0 }
}

pub const fn pattern(name: &'static str, run: fn(i64, i64), arg: i64)
    -> Bench {
    let limit = if arg == UNBOUNDED { 1_000_000 } else { N_MAX };
    Bench { name, run, arg, granule: SIDE, limit, files: 0 }
}

pub const fn echo(name: &'static str, run: fn(i64, i64), conns: i64) -> Bench {
    Bench {
        name,
        run,
        arg: conns,
        granule: conns,
        limit: N_MAX,
        files: conns as u64,
    }
}

/// What a peer can do beyond workloads; None where it cannot.
pub struct Modes {
    pub park: Option<fn(i64)>,
    pub ticker: Option<fn(i64, &mut Ticks)>,
    pub echo_server: Option<fn(i64)>,
}

// ---- The time ---------------------------------------------------------------

static CLOCK: Mutex<(Option<Instant>, Option<Duration>)> =
    Mutex::new((None, None));

/// Forgets the time so far: what came before was setting up.
pub fn reset() {
    CLOCK.lock().unwrap().0 = Some(Instant::now());
}

/// Ends the time: what follows is tearing down.
pub fn stop() {
    let mut clock = CLOCK.lock().unwrap();
    clock.1 = clock.0.map(|start| start.elapsed());
}

fn measure(b: &Bench, n: i64) -> i64 {
    *CLOCK.lock().unwrap() = (Some(Instant::now()), None);
    (b.run)(b.arg, n);
    if CLOCK.lock().unwrap().1.is_none() {
        stop();
    }
    let elapsed = CLOCK.lock().unwrap().1;
    elapsed.unwrap().as_nanos() as i64
}

fn calibrate(b: &Bench, ms: i64) -> (i64, i64) {
    let goal = ms as f64 * 1e6;
    let mut n = round(b, 1);
    loop {
        let took = measure(b, n);
        if took as f64 >= goal || n >= b.limit {
            return (n, took);
        }
        let at = n as f64;
        let next = (at * goal / (took.max(1) as f64) * 1.2)
            .min(at * GROWTH_MAX)
            .min(b.limit as f64)
            .max(at + 1.0);
        n = round(b, next as i64);
    }
}

fn round(b: &Bench, n: i64) -> i64 {
    (n + b.granule - 1) / b.granule * b.granule
}

// ---- What workloads share ---------------------------------------------------

/// Ends the program when a workload computed nonsense.
pub fn check(ok: bool, what: &str) {
    if !ok {
        eprintln!("peer: wrong result: {what}");
        exit(1);
    }
}

pub fn procs() -> usize {
    std::env::var("PEERPROCS").ok().and_then(|p| p.parse().ok()).unwrap_or(1)
}

/// The points of one row of the picture that never leave the circle.
pub fn mandelbrot_row(y: i64) -> i64 {
    let ci = y as f64 / 32.0 - 1.0;
    let mut inside = 0;
    for x in 0..64 {
        let cr = x as f64 / 32.0 - 1.5;
        let (mut zr, mut zi, mut step) = (0.0f64, 0.0f64, 0);
        while step < 50 && zr * zr + zi * zi <= 4.0 {
            (zr, zi) = (zr * zr - zi * zi + cr, 2.0 * zr * zi + ci);
            step += 1;
        }
        inside += i64::from(step == 50);
    }
    inside
}

/// The sum of 1 to n, so many times.
pub fn sum_of(times: i64, n: i64) -> i64 {
    times * (n * (n + 1) / 2)
}

/// Raises the limit of open files; the hard one, too, where it may.
pub fn open_files(count: u64) -> bool {
    let needed = count + FILES_USUAL;
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) != 0
            || limit.rlim_cur >= needed
        {
            return true;
        }
        limit.rlim_cur = needed;
        limit.rlim_max = limit.rlim_max.max(needed);
        if libc::setrlimit(libc::RLIMIT_NOFILE, &limit) == 0 {
            return true;
        }
    }
    eprintln!("peer: {needed} open files are needed");
    false
}

/// Starts this program as the server of the echo; its port.
pub fn echo_spawn(conns: i64) -> (Child, u16) {
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args(["echo-server", &conns.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut port = String::new();
    let out = server.stdout.as_mut().unwrap();
    BufReader::new(out).read_line(&mut port).unwrap();
    (server, port.trim().parse().unwrap())
}

pub fn echo_ended(mut server: Child) {
    check(server.wait().unwrap().success(), "the server's end");
}

/// What the server does before it listens, and when it does.
pub fn echo_begin(conns: i64) {
    check(open_files(conns as u64), "room for connections");
    std::thread::spawn(|| {
        std::thread::sleep(Duration::from_secs(SERVER_SECONDS));
        exit(1);
    });
}

pub fn echo_listens(port: u16) {
    println!("{port}");
    std::io::stdout().flush().unwrap();
}

/// The message of one turn.
pub fn echo_message(turn: i64) -> [u8; MESSAGE] {
    let mut message = [b'a'; MESSAGE];
    message[..8].copy_from_slice(&turn.to_le_bytes());
    message
}

// ---- The modes --------------------------------------------------------------

/// How late each tick of 1 ms was received.
pub struct Ticks {
    start: Instant,
    due: Duration,
    end: Duration,
    late: Vec<Duration>,
    most: usize,
}

pub const TICK: Duration = Duration::from_millis(1);

impl Ticks {
    pub fn due(&self) -> Instant {
        self.start + self.due
    }
    pub fn end(&self) -> Instant {
        self.start + self.end
    }
    /// A tick was received now; false when there are enough.
    pub fn tick(&mut self) -> bool {
        let now = self.start.elapsed();
        self.late.push(now.saturating_sub(self.due));
        // As bench_next_due of bench/tick.h.
        if now + TICK / 2 >= self.due {
            let missed = now.saturating_sub(self.due).as_nanos() / TICK.as_nanos();
            self.due += TICK * (missed as u32 + 1);
        }
        self.late.len() < self.most && self.due < self.end
    }
}

fn ticker_mode(run: fn(i64, &mut Ticks), hogs: i64, ms: i64) {
    let mut ticks = Ticks {
        start: Instant::now(),
        due: TICK,
        end: TICK * ms as u32,
        late: Vec::with_capacity(ms as usize),
        most: ms as usize,
    };
    run(hogs, &mut ticks);
    let mut line = format!("ticker {hogs} {ms}");
    for late in &ticks.late {
        line += &format!(" {}", late.as_micros());
    }
    println!("{line}");
}

fn own_status(field: &str) -> i64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix(field) {
            return rest.trim().split(' ').next().unwrap().parse().unwrap();
        }
    }
    -1
}

fn memory_mode(park: fn(i64), n: i64) {
    let (rss, pte) = (own_status("VmRSS:"), own_status("VmPTE:"));
    let began = Instant::now();
    park(n);
    let took = began.elapsed().as_nanos();
    let rss = own_status("VmRSS:") - rss;
    let pte = own_status("VmPTE:") - pte;
    println!("memory {n} {} {} {took}", rss * 1024, pte * 1024);
}

// ---- The protocol -----------------------------------------------------------

fn fail(text: &str) -> ! {
    eprintln!("peer: {text}");
    exit(2);
}

fn positive(text: &str) -> i64 {
    match text.parse() {
        Ok(n) if (1..=N_MAX).contains(&n) => n,
        _ => fail(&format!("\"{text}\" is not a number from 1 to {N_MAX}")),
    }
}

fn workload(benches: &[Bench], args: &[&str]) {
    let name = args[0];
    let Some(b) = benches.iter().find(|b| b.name == name) else {
        fail(&format!("no benchmark is named \"{name}\""))
    };
    let (n, ns) = match (open_files(b.files), &args[1..]) {
        (_, ["auto", ms, _, ..]) => fail(&format!("too much after {ms}")),
        (false, _) => (0, 0),
        (_, ["auto"]) => calibrate(b, MS_DEFAULT),
        (_, ["auto", ms]) => calibrate(b, positive(ms)),
        (_, [n]) => {
            let n = round(b, positive(n));
            (n, measure(b, n))
        }
        _ => fail("usage: list | NAME N | NAME auto [MS] | memory N"),
    };
    println!("{name} {n} {ns}");
}

/// main() of each peer. Tasks and threads end with the process.
pub fn main(benches: &[Bench], modes: &Modes) -> ! {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["list"] => benches.iter().for_each(|b| println!("{}", b.name)),
        ["memory", n] => match modes.park {
            Some(park) => memory_mode(park, positive(n)),
            None => fail("nothing can be parked here"),
        },
        ["ticker", hogs, ms] => match modes.ticker {
            Some(run) => ticker_mode(run, positive(hogs), positive(ms)),
            None => fail("there is no ticker here"),
        },
        ["echo-server", conns] => match modes.echo_server {
            Some(serve) => serve(positive(conns)),
            None => fail("there is no network here"),
        },
        [] => fail("usage: list | NAME N | NAME auto [MS] | memory N"),
        _ => workload(benches, &args),
    }
    std::io::stdout().flush().unwrap();
    exit(0);
}

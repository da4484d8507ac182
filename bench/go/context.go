// SPDX-License-Identifier: MIT

// Contexts: the workloads of Go's context/benchmark_test.go.

package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

var contextBenchmarks = func() []benchmark {
	list := []benchmark{
		{name: "CommonParentCancel", run: commonParentCancel},
		{name: "WithTimeout/concurrency=40", run: withTimeout(40)},
		{name: "WithTimeout/concurrency=4000", run: withTimeout(4000)},
	}
	for _, depth := range []int{10, 100} {
		prefix := fmt.Sprintf("CancelTree/depth=%d/Root=", depth)
		list = append(list,
			benchmark{name: prefix + "OpenCanceler", run: cancelTree(depth, false)},
			benchmark{name: prefix + "ClosedCanceler", run: cancelTree(depth, true)})
	}
	list = append(list,
		benchmark{name: "CheckCanceled/Err", run: checkCanceledErr},
		benchmark{name: "CheckCanceled/Done", run: checkCanceledDone},
		benchmark{name: "ContextCancelDone", run: contextCancelDone})
	for _, depth := range []int{10, 50} {
		list = append(list,
			benchmark{
				name: fmt.Sprintf("DeepValueNewGoRoutine/depth=%d", depth),
				run:  deepValue(depth, true),
			},
			benchmark{
				name: fmt.Sprintf("DeepValueSameGoRoutine/depth=%d", depth),
				run:  deepValue(depth, false),
			})
	}
	return list
}()

type contextKey string

func commonParentCancel(n int) {
	const key, value = contextKey("key"), "value"
	root := context.WithValue(context.Background(), key, value)
	shared, cancelShared := context.WithCancel(root)
	resetTimer()
	parallel(n, 1, func(n int) {
		for i := 0; i < n; i++ {
			ctx, cancel := context.WithCancel(shared)
			check(ctx.Value(key) == value, "the value of a context")
			work(100)
			cancel()
			work(100)
		}
	})
	stopTimer()
	cancelShared()
}

func withTimeout(concurrent int) func(n int) {
	return func(n int) {
		cancels := make([][]context.CancelFunc, procs)
		var wg sync.WaitGroup
		wg.Add(procs)
		for i := range cancels {
			go func(i int) {
				mine := make([]context.CancelFunc, concurrent/procs)
				for j := range mine {
					_, mine[j] = context.WithTimeout(context.Background(), time.Hour)
				}
				cancels[i] = mine
				wg.Done()
			}(i)
		}
		wg.Wait()
		resetTimer()
		parallel(n, 1, func(n int) {
			var mine [10]context.CancelFunc
			for i := 0; i < n; i++ {
				for j := range mine {
					_, mine[j] = context.WithTimeout(context.Background(), time.Hour)
				}
				for _, cancel := range mine {
					cancel()
				}
			}
		})
		stopTimer()
		for _, list := range cancels {
			for _, cancel := range list {
				cancel()
			}
		}
	}
}

// chain makes a chain of depth contexts below ctx. Their own cancel functions
// are not needed: whoever cancels the root cancels them.
func chain(ctx context.Context, depth int) {
	for i := 0; i < depth; i++ {
		var own context.CancelFunc
		ctx, own = context.WithCancel(ctx)
		_ = own
	}
}

func cancelTree(depth int, cancelFirst bool) func(n int) {
	return func(n int) {
		for i := 0; i < n; i++ {
			ctx, cancel := context.WithCancel(context.Background())
			if cancelFirst {
				cancel()
				chain(ctx, depth)
			} else {
				chain(ctx, depth)
				cancel()
			}
		}
	}
}

func canceledContext() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func checkCanceledErr(n int) {
	ctx := canceledContext()
	for i := 0; i < n; i++ {
		if ctx.Err() == nil {
			check(false, "the error of a cancelled context")
		}
	}
}

func checkCanceledDone(n int) {
	ctx := canceledContext()
	for i := 0; i < n; i++ {
		select {
		case <-ctx.Done():
		default:
		}
	}
}

func contextCancelDone(n int) {
	ctx, cancel := context.WithCancel(context.Background())
	parallel(n, 1, func(n int) {
		for i := 0; i < n; i++ {
			select {
			case <-ctx.Done():
			default:
			}
		}
	})
	stopTimer()
	cancel()
}

func deepValue(depth int, newGoroutine bool) func(n int) {
	return func(n int) {
		ctx := context.Background()
		for i := 0; i < depth; i++ {
			ctx = context.WithValue(ctx, i, i)
		}
		resetTimer()
		for i := 0; i < n; i++ {
			if !newGoroutine {
				ctx.Value(-1)
				continue
			}
			var wg sync.WaitGroup
			wg.Add(1)
			go func() {
				ctx.Value(-1)
				wg.Done()
			}()
			wg.Wait()
		}
	}
}

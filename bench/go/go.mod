module leat/bench

go 1.19

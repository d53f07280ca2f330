package main

import (
	"io"
	"os"
)

// dieWithParent makes sure that no control plane outlives the test process
// that started it, even one that was killed and could not clean up.
//
// The parent holds the other end of stdin and never writes to it, so that the
// read ends when the parent does.
func dieWithParent() {
	killWithParent()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
}

package main

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// init keeps main on the main thread: the kernel remembers the request of
// killWithParent for the thread that makes it, and only the main thread is
// sure to live as long as the process.
func init() {
	runtime.LockOSThread()
}

// killWithParent asks the kernel to kill this process when its parent dies. A
// process which a test has frozen with SIGSTOP cannot notice the end of its
// stdin.
func killWithParent() {
	parent := os.Getppid()
	_ = unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0)
	if os.Getppid() != parent {
		os.Exit(1) // the parent died before the kernel knew
	}
}

//go:build !linux

package main

// killWithParent has no equivalent elsewhere; the end of stdin has to do.
func killWithParent() {}

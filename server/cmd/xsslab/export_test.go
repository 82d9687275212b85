package main

// For the tests, which are in the external package.
var (
	Run          = run
	LoopbackOnly = loopbackOnly
	VictimPolicy = victimPolicy
)

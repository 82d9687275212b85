package secret_test

import (
	"fmt"

	"github.com/authfetch/authfetch/server/secret"
)

func ExampleNew() {
	password := secret.New("pa55w0rd")
	fmt.Printf("%v %d %#v\n", password, password, password)
	fmt.Println(password.Reveal())
	// Output:
	// [redacted] [redacted] [redacted]
	// pa55w0rd
}

package resource_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/authfetch/authfetch/server/resource"
)

// A server of its own that trusts the access tokens of the issuer.
func Example() {
	tokens, err := resource.New(resource.Config{Issuer: "https://api.example.com", Audience: "orders"})
	if err != nil {
		log.Fatal(err)
	}
	orders := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, _ := resource.ClaimsFromContext(r.Context())
		_, _ = fmt.Fprintln(w, "the orders of", claims.UserID)
	})
	http.Handle("GET /orders", tokens.Protect(orders))

	// Nobody is let in without a token.
	answer := httptest.NewRecorder()
	http.DefaultServeMux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/orders", nil))
	fmt.Println(answer.Code, answer.Header().Get("WWW-Authenticate"))
	// Output: 401 Bearer, DPoP algs="ES256 EdDSA"
}

package server_test

import (
	"context"
	"log"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

// An Echo application with users of its own.
func Example() {
	secrets, err := secret.ReadFile("data/secret")
	if err != nil {
		log.Fatal(err)
	}
	db, err := sqlitestore.Open(context.Background(), "data/sessions.db")
	if err != nil {
		log.Fatal(err)
	}
	var myUsers users
	e := echo.New()

	auth, err := server.New(server.Config{
		Issuer: "https://api.example.com", Store: db, Secrets: secrets,
		Authenticate: myUsers.Check, AllowedOrigins: []string{"https://app.example.com"},
	})
	if err != nil {
		log.Fatal(err)
	}
	auth.Mount(e.Group("/api"))
	private := e.Group("/api", auth.RequireAuth())

	private.GET("/orders", func(c echo.Context) error {
		claims, _ := server.ClaimsFrom(c)
		return c.JSON(http.StatusOK, "the orders of "+claims.UserID)
	})
	log.Fatal(e.Start("localhost:8080"))
}

// A program on net/http that leaves the users to package account.
func ExampleAuth_Protect() {
	secrets, err := secret.ReadFile("data/secret")
	if err != nil {
		log.Fatal(err)
	}
	db, err := sqlitestore.Open(context.Background(), "data/authfetch.db")
	if err != nil {
		log.Fatal(err)
	}
	accounts, err := account.New(account.Config{Store: db})
	if err != nil {
		log.Fatal(err)
	}
	auth, err := server.New(server.Config{
		Issuer: "https://api.example.com", Store: db, Secrets: secrets,
		Authenticate: accounts.Authenticate,
		Users:        server.UserConfig{Find: accounts.User},
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", auth.Handler())
	mux.Handle("GET /api/orders", auth.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, _ := server.ClaimsFromContext(r.Context())
		_, _ = w.Write([]byte("the orders of " + claims.UserID))
	})))
	log.Fatal(http.ListenAndServe("localhost:8080", mux))
}

// users stands for the user database that an application has already.
type users struct{}

// Check returns the user, or an error that wraps account.ErrInvalidCredentials.
func (users) Check(_ context.Context, email, password string) (server.User, error) {
	if email != "ada@example.com" || password != "correct horse" {
		return server.User{}, account.ErrInvalidCredentials
	}
	return server.User{ID: "1", Email: email}, nil
}

package server_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
	"github.com/authfetch/authfetch/server/wire"
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
	auth.MountRoot(e.Group("")) // the public keys, and the health

	private.GET("/orders", func(c echo.Context) error {
		claims, _ := server.ClaimsFrom(c)
		return c.JSON(http.StatusOK, "the orders of "+claims.UserID)
	})
	go auth.Run(context.Background()) // looks after the database
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
	go auth.Run(context.Background()) // looks after the database
	log.Fatal(http.ListenAndServe("localhost:8080", mux))
}

// A route for which the five minutes of an access token are too long: whoever was
// signed out a second ago is refused.
func ExampleAuth_RequireAuth_liveSession() {
	var auth *server.Auth // see the example of the package
	e := echo.New()
	sensitive := e.Group("/api", auth.RequireAuth(server.LiveSession))
	sensitive.DELETE("/account", func(c echo.Context) error {
		claims, _ := server.ClaimsFrom(c)
		log.Printf("%s leaves", claims.UserID)
		return c.NoContent(http.StatusNoContent)
	})
}

// Claims of the application's own, in every new access token. What changes here
// reaches the page with its next refresh.
func ExampleUserConfig_claims() {
	config := server.Config{
		Users: server.UserConfig{
			Claims: func(ctx context.Context, userID string) (map[string]any, error) {
				return map[string]any{"role": "editor"}, nil
			},
		},
	}
	editor := func(c echo.Context) error {
		claims, _ := server.ClaimsFrom(c)
		if claims.Extra["role"] != "editor" {
			return echo.ErrForbidden
		}
		return c.NoContent(http.StatusNoContent)
	}
	_, _ = config, editor
}

// An application with users of its own says when one has changed the password, or
// was disabled.
func ExampleAuth_EndSessions() {
	var auth *server.Auth // see the example of the package
	http.HandleFunc("POST /admin/disable", func(w http.ResponseWriter, r *http.Request) {
		count, err := auth.EndSessions(r.Context(), r.FormValue("user"), "", wire.ReasonDisabled)
		if err != nil {
			http.Error(w, "try again", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintf(w, "%d sessions ended\n", count)
	})
}

// An audit log of its own, apart from that of the program.
func ExampleNewAudit() {
	audit := server.NewAudit(slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{} // for the example: it is another one each time
			}
			return a
		},
	})))
	config := server.Config{Observer: audit} // and what else there is to say

	// What the server tells it:
	config.Observer.Observe(context.Background(), server.Event{
		Type: server.EventLogin, Code: wire.InvalidCredentials,
		Client: rotation.Client{Address: "192.0.2.1", UserAgent: "curl/8"},
	})
	// Output:
	// level=INFO msg="sign-in refused" event=login code=invalid_credentials address=192.0.2.1 user_agent=curl/8
}

// An observer that tells users when their session was ended because somebody may
// have copied it.
func ExampleObservers() {
	observer := server.Observers(server.NewAudit(slog.Default()), theftMail{})
	_ = server.Config{Observer: observer} // and what else there is to say
}

type theftMail struct{}

func (theftMail) Observe(_ context.Context, event server.Event) {
	if event.Outcome == rotation.Reused {
		go sendMail(event.UserID, "Somebody may have used your session from "+event.Client.Address)
	}
}

func sendMail(userID, text string) { log.Print(userID, ": ", text) }

// users stands for the user database that an application has already.
type users struct{}

// Check returns the user, or an error that wraps account.ErrInvalidCredentials.
func (users) Check(_ context.Context, email, password string) (server.User, error) {
	if email != "ada@example.com" || password != "correct horse" {
		return server.User{}, account.ErrInvalidCredentials
	}
	return server.User{ID: "1", Email: email}, nil
}

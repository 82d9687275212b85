package server

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/wire"
)

// register makes an account for whoever asks for one. It begins no session: the
// page signs in afterwards.
func (a *Auth) register(c echo.Context, event *Event) (answer func() error, err error) {
	if a.config.Users.Register == nil {
		return nil, refuse(wire.RegistrationClosed, "this server takes no registrations; ask its operator for an account")
	}
	r := c.Request()
	var registration wire.Registration
	if f := readJSON(c.Response(), r, &registration); f != nil {
		return nil, f
	}
	switch {
	case registration.Email == "":
		return nil, missingField(wire.FieldEmail)
	case registration.Password == "":
		return nil, missingField(wire.FieldPassword)
	}
	if _, err := account.CheckPassword(registration.Password); err != nil {
		return nil, invalidPassword(wire.FieldPassword, err)
	}
	ctx, cancel := a.databaseContext(r)
	defer cancel()
	var user User
	err = a.throttle.TryRegister(ctx, clientAddress(r, a.config.HTTP.TrustedProxies), func() (err error) {
		user, err = a.config.Users.Register(ctx, account.NewUser{
			Email: registration.Email, Password: registration.Password, Name: registration.Name,
		})
		return err
	})
	if errors.Is(err, account.ErrInvalidPassword) {
		return nil, invalidPassword(wire.FieldPassword, err)
	}
	if err != nil {
		return nil, applicationError(err)
	}
	event.UserID = user.ID
	return func() error { return c.JSON(http.StatusCreated, userMessage(user)) }, nil
}

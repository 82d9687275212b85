package ownership

import (
	"context"
	"fmt"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/token"
)

// Dependence is what depends on a key of the server secret. The zero Dependence:
// nothing does.
type Dependence struct {
	Mints    bool      // servers mint with it
	Keys     int       // signing keys that are sealed with it
	Sessions int       // live sessions whose refresh token may have been made with it
	Until    time.Time // when the last of these will have ended or been refreshed
}

// restarts is how long after the first server others may have gone on with the
// secret before: an operator starts them anew one by one.
const restarts = time.Hour

// Depends tells what depends on the key with that id, out of the signing keys and
// of the live sessions, of which it asks how many were last refreshed before some
// time, and when the last of them ends. The error is that of the facts or of
// sessions, or wraps rotation.ErrUnavailable.
func Depends(
	ctx context.Context, facts Facts, keys []token.StoredKey, id string, at time.Time,
	sessions func(before time.Time) (count int, last time.Time, err error),
) (Dependence, error) {
	check, err := facts.Get(ctx, secretCheck)
	if err != nil {
		return Dependence{}, err
	}
	until, err := facts.Get(ctx, secretMinted+id)
	if err != nil {
		return Dependence{}, err
	}
	var d Dependence
	for _, key := range keys {
		if secret.SealedBy(key.Sealed) == id {
			d.Keys++
		}
	}
	var before time.Time
	switch {
	case checkedID(check) == id:
		// It may have made a token in this very millisecond.
		d.Mints, before = true, time.UnixMilli(at.UnixMilli()+1)
	case until == "":
		return d, nil // it has never minted
	default:
		if before, err = parseTime(until); err != nil {
			return Dependence{}, fmt.Errorf("read when a server secret minted: %w: %w", rotation.ErrUnavailable, err)
		}
		before = before.Add(restarts)
	}
	d.Sessions, d.Until, err = sessions(before)
	if err != nil {
		return Dependence{}, err
	}
	return d, nil
}

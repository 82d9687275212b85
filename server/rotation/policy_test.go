package rotation_test

import (
	"errors"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
)

func TestDecideByPolicy(t *testing.T) {
	policy := rotation.Policy{Grace: time.Second, Recovery: time.Minute, ProvenRecovery: time.Hour, MaxReplays: 1, IdleTTL: day}
	policy, err := policy.WithDefaults()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		rec    rotation.Record
		access *rotation.Access
		after  time.Duration
		want   rotation.Outcome
	}{
		{"grace", session(), nil, time.Second, rotation.Replayed},
		{"after the grace", session(), nil, time.Second + ms, rotation.Recovered},
		{"recovery", session(), nil, time.Minute, rotation.Recovered},
		{"after the recovery", session(), nil, time.Minute + ms, rotation.Reused},
		{"proven recovery", session(), access("u", "s", 6), time.Hour, rotation.Recovered},
		{"after the proven recovery", session(), access("u", "s", 6), time.Hour + ms, rotation.Reused},
		{"replays", with(replays(1)), nil, 0, rotation.Stormed},
	} {
		t.Run(test.name, func(t *testing.T) {
			presented := rotation.Presented{Token: previous, Access: test.access}
			if got := rotation.Decide(test.rec, presented, base.Add(test.after), policy).Outcome; got != test.want {
				t.Errorf("outcome is %s, want %s", got, test.want)
			}
		})
	}
}

func TestPolicyDefaults(t *testing.T) {
	want := rotation.Policy{
		Grace: 30 * time.Second, Recovery: 10 * time.Minute, ProvenRecovery: 24 * time.Hour,
		MaxReplays: 200, IdleTTL: 30 * day, AbsoluteTTL: 90 * day,
	}
	if got := defaults(t); got != want {
		t.Errorf("defaults are %+v, want %+v", got, want)
	}
	for name, policy := range map[string]rotation.Policy{
		"Grace": {Grace: -1}, "Recovery": {Recovery: -1}, "ProvenRecovery": {ProvenRecovery: -1},
		"MaxReplays": {MaxReplays: -1}, "IdleTTL": {IdleTTL: -1}, "AbsoluteTTL": {AbsoluteTTL: -1},
		"Binding": {Binding: -1}, "Binding of the future": {Binding: rotation.BindAlways + 1},
	} {
		if _, err := policy.WithDefaults(); !errors.Is(err, rotation.ErrConfig) {
			t.Errorf("%s: error is %v, want %v", name, err, rotation.ErrConfig)
		}
	}
}

// defaults is the default policy.
func defaults(t *testing.T) rotation.Policy {
	t.Helper()
	policy, err := rotation.Policy{}.WithDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

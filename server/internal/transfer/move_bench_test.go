package transfer_test

import (
	"testing"

	"github.com/authfetch/authfetch/server/internal/transfer"
)

// BenchmarkMove moves 100,000 sessions with all that belongs to a move: copying,
// reading both sides once more, the marks.
func BenchmarkMove(b *testing.B) {
	const sessions = 100_000
	table := transfer.Tables()[5]
	rows := make([]transfer.Row, sessions)
	for n := range rows {
		rows[n] = row(table, n)
	}
	for from := range makers {
		for to := range makers {
			b.Run(from+" to "+to, func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					source, target := makers[from](b), makers[to](b)
					if err := source.MoveTo().Replace(b.Context(), table, table.All, rows); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
					held, err := source.MoveFrom(b.Context())
					if err == nil {
						_, err = transfer.Move(b.Context(), held, target.MoveTo(), transfer.Plan{From: source.name, To: target.name})
					}
					if err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(sessions*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

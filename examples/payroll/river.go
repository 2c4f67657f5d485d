package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
)

// payoutJob is the job of one payout.
type payoutJob struct {
	Request wapay.PayoutRequest `json:"request"`
}

func (payoutJob) Kind() string { return "payout" }

// payoutWorker is all that River needs. The journal does the rest: a job may
// run twice, at once, on two machines, or be killed in the middle.
type payoutWorker struct {
	river.WorkerDefaults[payoutJob]
	route *journal.Route
	opts  []journal.BulkOption // such as the pace of this process
	lease time.Duration
}

func (w *payoutWorker) Work(ctx context.Context, job *river.Job[payoutJob]) error {
	_, err := w.route.PayoutInTurn(ctx, job.Args.Request, w.opts...)
	if d, again := journal.RetryAfter(err); again {
		return river.JobSnooze(d)
	}
	if err != nil { // rejected, invalid, or held for a person
		return river.JobCancel(err)
	}
	return nil
}

// NextRetry lets a job come again soon, because a job fails only if its process
// has died.
func (w *payoutWorker) NextRetry(*river.Job[payoutJob]) time.Time {
	return time.Now().Add(w.lease / 10)
}

// newClient returns River's client of this process.
func (in *input) newClient(b *books) (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &payoutWorker{route: b.j.Via(), opts: in.bulk(), lease: b.lease})
	return river.NewClient(riverpgxv5.New(b.pool), &river.Config{
		Workers:              workers,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: in.concurrency}},
		FetchCooldown:        50 * time.Millisecond,
		FetchPollInterval:    200 * time.Millisecond,
		JobTimeout:           b.lease, // for the wait: the journal bounds the payout itself
		RescueStuckJobsAfter: 2 * b.lease,
		MaxAttempts:          10_000, // each is a process that died
		Logger:               slog.New(slog.NewTextHandler(in.stderr, &slog.HandlerOptions{Level: slog.LevelError + 1})),
	})
}

// work takes jobs until ctx ends. It finishes the payouts that are on the way.
// Those that wait for their turn stay in the database.
func (in *input) work(ctx context.Context, b *books) error {
	client, err := in.newClient(b)
	if err != nil {
		return err
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	_ = b.j.Run(ctx) // asks about what is open
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.lease)
	defer cancel()
	return client.StopAndCancel(stop)
}

// payByJobs makes jobs of the people, and works on them like any other process
// until there is none left.
func (in *input) payByJobs(ctx context.Context, b *books, todo []person) error {
	client, err := in.newClient(b)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(todo, 1000) {
		var jobs []river.InsertManyParams
		for _, p := range part {
			jobs = append(jobs, river.InsertManyParams{Args: payoutJob{p.request()}, InsertOpts: &river.InsertOpts{
				UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}, // no use in two jobs, and no harm
			}})
		}
		if _, err := client.InsertMany(ctx, jobs); err != nil {
			return err
		}
	}
	if !in.realMoney {
		fmt.Fprintf(in.stdout, "more workers: payroll -worker -sandbox %s -postgres DSN\n", in.sandbox)
	}
	worked := make(chan error, 1)
	working, stop := context.WithCancel(ctx)
	go func() { worked <- in.work(working, b) }()
	err = in.watch(ctx, b, len(todo))
	stop()
	return errors.Join(err, <-worked)
}

// jobs returns the payouts of the jobs that are not done, by reference.
func (b *books) jobs(ctx context.Context) (map[string]*journal.Order, error) {
	all := map[string]*journal.Order{}
	if b.pool == nil {
		return all, nil
	}
	rows, _ := b.pool.Query(ctx, "SELECT args FROM river_job WHERE "+isUnfinished, unfinished)
	jobs, err := pgx.CollectRows(rows, pgx.RowTo[payoutJob])
	for _, job := range jobs {
		r := job.Request
		all[r.Reference] = &journal.Order{Amount: r.Amount, Customer: r.Recipient, Operator: r.Operator}
	}
	return all, err
}

const isUnfinished = "kind = 'payout' AND state = ANY($1::text[]::river_job_state[])"

var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
	rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// watch shows how many jobs are done, until all are.
func (in *input) watch(ctx context.Context, b *books, total int) error {
	bar := newProgress(in.stdout, total)
	defer bar.end()
	for seen := time.Now(); ; wait(ctx, 500*time.Millisecond) {
		var left, long int
		err := b.pool.QueryRow(ctx, "SELECT count(*), count(*) FILTER (WHERE state = 'running' AND attempted_at < "+
			"now() - $2::interval) FROM river_job WHERE "+isUnfinished, unfinished, b.lease/4).Scan(&left, &long)
		switch {
		case ctx.Err() != nil:
			return errors.New("interrupted: the jobs stay in the database; run it again, or start a -worker")
		case err != nil && time.Since(seen) > b.lease:
			return err
		case err != nil: // the database may come back
			continue
		}
		seen = time.Now()
		if bar.note = ""; long > 0 {
			bar.note = fmt.Sprintf("; %d wait for their turn, or up to %v for a process that has died", long, 2*b.lease)
		}
		bar.add(max(total-left-bar.done, 0))
		if left == 0 {
			return nil
		}
	}
}

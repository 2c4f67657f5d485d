package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// database is where the shop keeps its books. It outlives the shop's processes, and is removed at the end.
type database struct {
	env    map[string]string
	remove func() error
}

func openDatabase(ctx context.Context, postgres string) (*database, error) {
	if postgres == "" {
		dir, err := os.MkdirTemp("", "webhook-")
		if err != nil {
			return nil, err
		}
		return &database{
			env:    map[string]string{"SHOP_SQLITE": filepath.Join(dir, "shop.db")},
			remove: func() error { return os.RemoveAll(dir) },
		}, nil
	}
	db, err := sql.Open("pgx", postgres)
	if err != nil {
		return nil, err
	}
	schema := "webhook_" + random()
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA "+schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &database{
		env: map[string]string{"SHOP_POSTGRES": postgres, "SHOP_SCHEMA": schema},
		remove: func() error { // also when the context has ended
			_, err := db.ExecContext(context.WithoutCancel(ctx), "DROP SCHEMA "+schema+" CASCADE")
			return errors.Join(err, db.Close())
		},
	}, nil
}

package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// makeDatabase makes the database that outlives the shop's processes. It
// returns what the shop has to know of it, and how to remove it.
func makeDatabase(ctx context.Context, postgres string) (env map[string]string, remove func() error, err error) {
	if postgres == "" {
		dir, err := os.MkdirTemp("", "shop-")
		return map[string]string{"SHOP_SQLITE": filepath.Join(dir, "shop.db")}, func() error { return os.RemoveAll(dir) }, err
	}
	db, err := sql.Open("pgx", postgres)
	if err != nil {
		return nil, nil, err
	}
	schema := "shop_" + random()
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA "+schema); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return map[string]string{"SHOP_POSTGRES": postgres, "SHOP_SCHEMA": schema}, func() error { // also when ctx has ended
		_, err := db.ExecContext(context.WithoutCancel(ctx), "DROP SCHEMA "+schema+" CASCADE")
		return errors.Join(err, db.Close())
	}, nil
}

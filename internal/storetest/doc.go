// Package storetest tests the stores of package ipn against real databases. It
// is a module of its own so that nobody who uses wapay downloads a database's
// driver.
//
// PostgreSQL and MariaDB are looked for on this machine, or where
// WAPAY_TEST_POSTGRES and WAPAY_TEST_MARIADB (DSNs) say; the tests of one that
// is not there are skipped. SQLite needs no server.
package storetest

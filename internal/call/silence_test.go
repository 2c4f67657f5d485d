package call_test

// childEnv is set in the process that a test starts to watch what it prints.
const childEnv = "WAPAY_CALL_CHILD"

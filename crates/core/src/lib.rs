//! The deterministic cluster: API server, controllers, scheduler, kubelets, storage, DNS, faults and history.

using MatrixEdge.EndToEnd.Support;

// Two homeservers and two gateways serve all tests; one test stops a homeserver.
[assembly: AssemblyFixture(typeof(TwoServers))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

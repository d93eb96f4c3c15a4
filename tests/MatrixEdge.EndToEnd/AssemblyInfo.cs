using MatrixEdge.EndToEnd.Support;

// Two homeservers and two gateways serve all tests, one after the other: one test stops a homeserver. What needs none of them
// has a collection of its own and runs beside.
[assembly: AssemblyFixture(typeof(TwoServers))]
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]

namespace MatrixEdge.Benchmarks.Works;

/// <summary>What every client of Matrix sends along.</summary>
internal static class Headers
{
    public const string Authorization = "Authorization: Bearer syt_YmVuY2htYXJr_SvKBmTCMhWbqzgLnYfBT_2xQ1yY";
}

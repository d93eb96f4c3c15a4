namespace MatrixEdge.Sites;

/// <summary>The cell that holds what is served now. One writer: whoever applies a configuration. A request reads it once.</summary>
internal sealed class CurrentSites(SiteTable table)
{
    private volatile SiteTable table = table;

    public SiteTable Table => table;

    public void Replace(SiteTable next) => table = next;
}

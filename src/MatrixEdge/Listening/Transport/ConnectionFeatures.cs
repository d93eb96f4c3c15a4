using System.Collections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace MatrixEdge.Listening.Transport;

/// <summary>What is known of a connection: a dozen entries in one array, since there is one of these for each connection.</summary>
internal sealed class ConnectionFeatures : IFeatureCollection
{
    private KeyValuePair<Type, object>[] entries = new KeyValuePair<Type, object>[16];
    private int count;

    public ConnectionFeatures(LoopConnection connection)
    {
        Set<IConnectionIdFeature>(connection);
        Set<IConnectionTransportFeature>(connection);
        Set<IConnectionItemsFeature>(connection);
        Set<IConnectionLifetimeFeature>(connection);
        Set<IConnectionEndPointFeature>(connection);
        Set<IMemoryPoolFeature>(connection);
    }

    public bool IsReadOnly => false;

    public int Revision { get; private set; }

    public object? this[Type key]
    {
        get => IndexOf(key) is >= 0 and var index ? entries[index].Value : null;

        set
        {
            Revision++;
            var index = IndexOf(key);
            if (value is null)
            {
                if (index >= 0)
                    entries.AsSpan(index + 1, count-- - index - 1).CopyTo(entries.AsSpan(index));
                return;
            }

            if (index < 0)
            {
                if (count == entries.Length)
                    Array.Resize(ref entries, count * 2);
                index = count++;
            }

            entries[index] = new(key, value);
        }
    }

    public TFeature? Get<TFeature>() => (TFeature?)this[typeof(TFeature)];

    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => entries.Take(count).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // Those that requests ask for came last.
    private int IndexOf(Type key)
    {
        var index = count - 1;
        while (index >= 0 && entries[index].Key != key)
            index--;
        return index;
    }
}

namespace Crid.Streaming;

/// <summary>A connection to a port of a sandbox. Disposal closes it.</summary>
public interface IPortConnection : IAsyncDisposable
{
    /// <summary>Both directions; reads and writes may overlap.</summary>
    Stream Stream { get; }

    /// <summary>Tells the port that nothing more comes, and leaves its direction open.</summary>
    void EndSend();
}

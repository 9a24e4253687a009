namespace Crid.HostTests;

/// <summary>What runs a keeper, starts it again when it ends, and holds its descriptors meanwhile. Disposed, it has let go of them and runs it no more.</summary>
internal interface IServiceManager : IAsyncDisposable
{
    /// <summary>The names of the descriptors that it holds, in alphabetical order.</summary>
    Task<string> ReadStoredAsync();

    /// <summary>From now on a keeper that ends is started only by <see cref="GoOnAsync"/>.</summary>
    Task PauseAsync();

    Task GoOnAsync();
}

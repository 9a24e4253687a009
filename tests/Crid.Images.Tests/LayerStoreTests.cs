using Crid.Core;
using Crid.Linux;
using Crid.State;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Images.Tests;

public sealed class LayerStoreTests : IDisposable
{
    private static readonly LayerContent Content = new(new DiffId(BlobDigest.Of("layer"u8)), new DirectoryUsage(8192, 2), IsPlain: true, DependsOnParents: false);
    private static readonly string Key = LayerKey.ForAnyStack(Content.DiffId);

    private readonly string _root = Directory.CreateTempSubdirectory("crid-layers-").FullName;

    public void Dispose() => DirectoryTree.Remove(_root);

    [Fact]
    public async Task CommitAsync_SameLayerTwice_TheFirstStaysAndIsHeldByBoth()
    {
        CridDirectories directories = new($"{_root}/lib", $"{_root}/run");
        Directory.CreateDirectory(directories.Root);
        await using Database database = Database.Open(directories.Database);
        using LayerStore store = await LayerStore.OpenAsync(directories, database, TimeSpan.Zero, NullLogger.Instance, TimeProvider.System);
        using ReservedLayer first = store.Reserve();
        using ReservedLayer second = store.Reserve();

        Layer[] layers = await Task.WhenAll(
            store.CommitAsync(first, Key, Content), store.CommitAsync(second, Key, Content));

        Assert.Same(layers[0], layers[1]);
        Assert.Single(Directory.GetDirectories(directories.Layers));
        Assert.Empty(Directory.GetFileSystemEntries(directories.Temporary));
        store.Release([layers[0]]);
        await store.CollectAsync();
        Assert.Single(Directory.GetDirectories(directories.Layers));
        store.Release([layers[1]]);
        await store.CollectAsync();
        Assert.Empty(Directory.GetDirectories(directories.Layers));
    }

    [Fact]
    public async Task CondemnAsync_LayerThatWasFetchedAnew_StaysFound()
    {
        CridDirectories directories = new($"{_root}/lib", $"{_root}/run");
        Directory.CreateDirectory(directories.Root);
        await using Database database = Database.Open(directories.Database);
        using LayerStore store = await LayerStore.OpenAsync(directories, database, TimeSpan.Zero, NullLogger.Instance, TimeProvider.System);
        Layer damaged = await CommitAsync(store);
        store.Release([damaged]);
        await store.CollectAsync();
        Layer healthy = await CommitAsync(store);

        await store.CondemnAsync(damaged);

        Assert.Same(healthy, store.FindAndHold(Key));
        store.Release([healthy]);
        store.Release([healthy]);
        await store.CollectAsync();
        Assert.Empty(Directory.GetDirectories(directories.Layers));
    }

    [Fact]
    public async Task CollectAsync_RowsCannotBeDeleted_KeepsTheLayers()
    {
        CridDirectories directories = new($"{_root}/lib", $"{_root}/run");
        Directory.CreateDirectory(directories.Root);
        Database database = Database.Open(directories.Database);
        using LayerStore store = await LayerStore.OpenAsync(directories, database, TimeSpan.Zero, NullLogger.Instance, TimeProvider.System);
        Layer layer = await CommitAsync(store);
        store.Release([layer]);
        await database.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(store.CollectAsync);

        Assert.Same(layer, store.FindAndHold(Key, "another"));
        Assert.Single(Directory.GetDirectories(directories.Layers));
    }

    private static async Task<Layer> CommitAsync(LayerStore store)
    {
        using ReservedLayer reserved = store.Reserve();
        return await store.CommitAsync(reserved, Key, Content);
    }
}

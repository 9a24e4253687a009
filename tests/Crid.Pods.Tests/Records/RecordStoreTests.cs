using Crid.Core;

namespace Crid.Pods.Tests;

public sealed class RecordStoreTests
{
    private readonly Incarnation _life = new(new Machine());
    private readonly SandboxStore _store;

    public RecordStoreTests() =>
        _store = new SandboxStore(new MemoryTable<SandboxId, Sandbox>(_life, "sandbox", _life.Machine.SandboxRows, record => record.Id));

    [Fact]
    public async Task Resolve_UniquePrefix_FindsTheRecord()
    {
        Sandbox sandbox = Make("a", new string('a', 63) + "1");
        await _store.InsertAsync(sandbox);
        await _store.InsertAsync(Make("b", new string('a', 62) + "b1"));

        Assert.Same(sandbox, _store.Resolve(new string('a', 63)));
        Assert.Same(sandbox, _store.Resolve(sandbox.Id.Value));
    }

    [Fact]
    public async Task Resolve_AmbiguousPrefix_IsInvalid()
    {
        await _store.InsertAsync(Make("a", new string('a', 64)));
        await _store.InsertAsync(Make("b", new string('a', 63) + "b"));

        CridException exception = Assert.Throws<CridException>(() => _store.Resolve("aaaa"));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }

    [Fact]
    public async Task Resolve_RecordInTheMaking_IsNotFound()
    {
        Sandbox sandbox = Make("a", new string('a', 64)) with { Intent = Intent.Create };
        await _store.InsertAsync(sandbox);

        Assert.Null(_store.Resolve(sandbox.Id.Value));
        Assert.Null(_store.Resolve("aaa"));
        Assert.Empty(_store.Listed);
    }

    [Fact]
    public async Task InsertAsync_NameTaken_AlreadyExists()
    {
        await _store.InsertAsync(Make("a", new string('a', 64)));

        CridException exception = await Assert.ThrowsAsync<CridException>(() => _store.InsertAsync(Make("a", new string('b', 64))));

        Assert.Equal(ErrorKind.AlreadyExists, exception.Kind);
    }

    [Fact]
    public async Task InsertAsync_WriteFails_TheNameIsFree()
    {
        _life.Broken.Add("write sandbox");
        await Assert.ThrowsAsync<FakeFaultException>(() => _store.InsertAsync(Make("a", new string('a', 64))));
        _life.Broken.Clear();

        await _store.InsertAsync(Make("a", new string('b', 64)));

        Assert.Single(_store.All);
    }

    [Fact]
    public async Task TryUpdateAsync_WriteFails_TheOldRecordStays()
    {
        Sandbox sandbox = Make("a", new string('a', 64));
        await _store.InsertAsync(sandbox);
        _life.Broken.Add("write sandbox");

        await Assert.ThrowsAsync<FakeFaultException>(() =>
            _store.TryUpdateAsync(sandbox.Id, current => current with { Status = current.Status.ToReady(null) }));

        Assert.Same(sandbox, _store.Find(sandbox.Id));
    }

    [Fact]
    public async Task TryUpdateAsync_Concurrent_NoChangeIsLost()
    {
        Sandbox sandbox = Make("a", new string('a', 64));
        await _store.InsertAsync(sandbox);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => _store.TryUpdateAsync(
            sandbox.Id,
            current => current with
            {
                Status = current.Status with { InfraStartTimeTicks = current.Status.InfraStartTimeTicks + 1 },
            }))));

        Assert.Equal(200UL, _store.Find(sandbox.Id)!.Status.InfraStartTimeTicks);
    }

    [Fact]
    public async Task DeleteAsync_Record_FreesItsName()
    {
        Sandbox sandbox = Make("a", new string('a', 64));
        await _store.InsertAsync(sandbox);

        await _store.DeleteAsync(sandbox.Id);
        await _store.DeleteAsync(sandbox.Id);

        Assert.Null(await _store.TryUpdateAsync(sandbox.Id, current => current));
        await _store.InsertAsync(Make("a", new string('b', 64)));
    }

    private static Sandbox Make(string name, string id) => new(
        SandboxId.Parse(id),
        Lab.SandboxSpec(name),
        new SandboxStatus { State = SandboxState.NotReady, CreatedAt = DateTimeOffset.UnixEpoch });
}

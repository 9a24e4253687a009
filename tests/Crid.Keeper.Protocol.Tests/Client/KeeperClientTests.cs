using Crid.Core;
using Crid.Linux;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper.Protocol.Tests;

public sealed class KeeperClientTests : IAsyncDisposable
{
    private static readonly ProcessExit Exit = new("id", 5, 1, DateTimeOffset.UnixEpoch);

    private readonly string _directory = Directory.CreateTempSubdirectory("crid-").FullName;
    private readonly EventLoop _loop = new();
    private readonly KeeperClient _client;
    private FakeKeeper _keeper;

    public KeeperClientTests()
    {
        KeeperClientOptions options = new() { SocketPath = SocketPath, LastRetryDelay = TimeSpan.FromMilliseconds(20), ConnectTimeout = TimeSpan.FromSeconds(10) };
        _client = new KeeperClient(options, _loop, TimeProvider.System, NullLogger<KeeperClient>.Instance);
        _keeper = new FakeKeeper(_loop, SocketPath);
    }

    private string SocketPath => $"{_directory}/keeper.sock";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        _keeper.Dispose();
        _loop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Requests_AnsweredInOtherOrder_EachGetsItsOwn()
    {
        await ConnectAsync();
        Task first = _client.ForgetAsync("a", Token);
        (_, uint firstId) = await _keeper.ReceiveAsync();
        Task second = _client.ReopenLogAsync("b", Token);
        (_, uint secondId) = await _keeper.ReceiveAsync();

        Answer(secondId, writer => writer.WriteFailure(ErrorKind.NotFound, "no b"));
        CridException failure = await Assert.ThrowsAsync<CridException>(() => second);
        Assert.False(first.IsCompleted);
        Answer(firstId, writer => writer.WriteSuccess());
        await first;

        Assert.Equal((ErrorKind.NotFound, "no b"), (failure.Kind, failure.Message));
    }

    [Fact]
    public async Task IsConnected_OnlyOnceTheKeeperHasPassedWhatIsToBeHeld()
    {
        Task connecting = _client.ConnectAsync(Token);
        await _keeper.AcceptAsync();
        await _keeper.ReceiveAsync();
        _keeper.SendWelcome(KeeperWire.NewestVersion);
        await _keeper.ReceiveAsync();

        (MessageType type, uint id) = await _keeper.ReceiveAsync();
        Assert.Equal((MessageType.List, false), (type, _client.IsConnected));
        Answer(id, static writer => writer.WriteSuccess());
        await connecting;

        Assert.Equal(Environment.ProcessId, _client.KeeperPid);
    }

    [Fact]
    public async Task Connect_KeeperGoesBeforeItHasPassedWhatIsToBeHeld_TriesAgain()
    {
        Task connecting = _client.ConnectAsync(Token);
        await _keeper.AcceptAsync();
        await _keeper.ReceiveAsync();
        _keeper.SendWelcome(KeeperWire.NewestVersion);
        await _keeper.ReceiveAsync();
        await _keeper.ReceiveAsync();
        _keeper.Disconnect();

        await _keeper.WelcomeAsync();
        await connecting;

        Assert.True(_client.IsConnected);
    }

    [Fact]
    public async Task WaitUntilDisconnected_KeeperGoes_CompletesUntilTheNextConnects()
    {
        Assert.True(_client.WaitUntilDisconnectedAsync(Token).IsCompletedSuccessfully);
        await ConnectAsync();
        Task disconnected = _client.WaitUntilDisconnectedAsync(Token);
        Assert.False(disconnected.IsCompleted);

        _keeper.Disconnect();
        await disconnected;
        await _keeper.WelcomeAsync();
        await _client.ConnectAsync(Token);

        Assert.False(_client.WaitUntilDisconnectedAsync(Token).IsCompleted);
    }

    [Fact]
    public async Task CreateAsync_LongCommandLine_ArrivesWhole()
    {
        await ConnectAsync();
        CreateRequest request = NewCreate() with { Command = ["/bin/runc", new string('x', 1_000_000)] };

        Task<SpawnResult> create = _client.CreateAsync(request, Token);
        (MessageType type, uint id) = await _keeper.ReceiveAsync();
        Answer(id, writer =>
        {
            writer.WriteSuccess();
            writer.Write(new SpawnResult(0, 17, 18));
        });

        Assert.Equal(MessageType.Create, type);
        Assert.Equal(new SpawnResult(0, 17, 18), await create);
    }

    [Fact]
    public async Task CreateAsync_Canceled_TellsTheKeeperAndWaitsForItsAnswer()
    {
        await ConnectAsync();
        using CancellationTokenSource cancel = new();
        Task<SpawnResult> create = _client.CreateAsync(NewCreate(), cancel.Token);
        (_, uint id) = await _keeper.ReceiveAsync();

        await cancel.CancelAsync();
        (MessageType Type, uint Id) canceled = await _keeper.ReceiveAsync();
        bool returnedEarly = create.IsCompleted;
        Answer(id, writer => writer.WriteFailure(ErrorKind.Unavailable, "canceled"));

        Assert.Equal((MessageType.Cancel, id), canceled);
        Assert.False(returnedEarly);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => create);
    }

    [Fact]
    public async Task AttachAsync_DescriptorComesBack_IsTheCallers()
    {
        await ConnectAsync();
        PipeEnds output = Descriptor.CreatePipe();
        PipeEnds input = Descriptor.CreatePipe();
        using SafeFileHandle inputReader = input.Reader;
        using SafeFileHandle outputReader = output.Reader;

        Task<SafeFileHandle?> attach = _client.AttachAsync(new AttachRequest { Id = "a", Stdin = true, Stdout = output.Writer }, Token);
        (MessageType type, uint id) = await _keeper.ReceiveAsync();
        output.Writer.Dispose();
        MessageWriter reply = new(MessageType.Reply, id);
        reply.WriteSuccess();
        _keeper.Send(reply, input.Writer);
        input.Writer.Dispose();
        using SafeFileHandle? got = await attach;
        using SafeFileHandle passed = Assert.Single(_keeper.Files);
        _ = Descriptor.TryWrite(passed, "out"u8, out _);
        _ = Descriptor.TryWrite(got!, "in"u8, out _);

        Assert.Equal(MessageType.Attach, type);
        Assert.Equal("out", Read(outputReader));
        Assert.Equal("in", Read(inputReader));
    }

    [Fact]
    public async Task AttachAsync_KeeperOfTheFirstVersion_IsUnimplementedAndTheRestWorks()
    {
        Task connecting = _client.ConnectAsync(Token);
        await _keeper.WelcomeAsync(version: 1);
        await connecting;

        CridException attach = await Assert.ThrowsAsync<CridException>(() => _client.AttachAsync(new AttachRequest { Id = "a" }, Token));
        CridException close = await Assert.ThrowsAsync<CridException>(() => _client.CloseStdinAsync("a", Token));
        await RoundTripAsync();

        Assert.Equal((ErrorKind.Unimplemented, ErrorKind.Unimplemented), (attach.Kind, close.Kind));
    }

    [Fact]
    public async Task AttachAsync_ConnectionLost_IsNotMadeTwice()
    {
        await ConnectAsync();
        Task attach = _client.AttachAsync(new AttachRequest { Id = "a" }, Token);
        await _keeper.ReceiveAsync();

        _keeper.Dispose();
        CridException failure = await Assert.ThrowsAsync<CridException>(() => attach);

        Assert.Equal(ErrorKind.Unavailable, failure.Kind);
    }

    [Fact]
    public async Task AttachAsync_KeeperGoneUnnoticed_IsMadeOfTheNextOne()
    {
        await ConnectAsync();
        TaskCompletionSource holding = new();
        using ManualResetEventSlim noticing = new();
        _client.Exited += _ =>
        {
            holding.SetResult();
            noticing.Wait(Token);
        };
        MessageWriter message = new(MessageType.Exited, 0);
        message.Write(Exit);
        _keeper.Send(message);
        await holding.Task;
        _keeper.Disconnect();

        Task<SafeFileHandle?> attach = _client.AttachAsync(new AttachRequest { Id = "a" }, Token);
        noticing.Set();
        await _keeper.WelcomeAsync();
        (MessageType type, uint id) = await _keeper.ReceiveAsync();
        Answer(id, writer => writer.WriteSuccess());

        Assert.Null(await attach);
        Assert.Equal(MessageType.Attach, type);
    }

    [Fact]
    public async Task Hold_ConnectionLost_IsReturnedToTheNextKeeper()
    {
        await ConnectAsync();
        PipeEnds pipe = Descriptor.CreatePipe();
        using SafeFileHandle writer = pipe.Writer;
        Hold("a", new HeldFile(HeldKind.Stdin, pipe.Reader), new HeldFile(HeldKind.Process, pipe.Reader));
        Hold("b", new HeldFile(HeldKind.Process, pipe.Reader));
        pipe.Reader.Dispose();
        Release("a", HeldKind.Stdin);
        Release("b", default);
        await RoundTripAsync();

        _keeper.Dispose();
        _keeper = new FakeKeeper(_loop, SocketPath);
        await _keeper.AcceptAsync();
        (MessageType hello, _) = await _keeper.ReceiveAsync();
        _keeper.SendWelcome(KeeperWire.NewestVersion);
        (MessageType returning, _) = await _keeper.ReceiveAsync();
        (MessageType returned, _) = await _keeper.ReceiveAsync();
        using SafeFileHandle reader = Assert.Single(_keeper.Files);
        _ = Descriptor.TryWrite(writer, "still open"u8, out _);

        Assert.Equal([MessageType.Hello, MessageType.Return, MessageType.Returned], [hello, returning, returned]);
        Assert.Equal("still open", Read(reader));
    }

    [Fact]
    public async Task Request_NoAnswer_IsUnavailableAndCommandsAreCanceled()
    {
        KeeperClientOptions options = new() { SocketPath = SocketPath, AnswerTimeout = TimeSpan.FromMilliseconds(100) };
        await using KeeperClient client = new(options, _loop, TimeProvider.System, NullLogger<KeeperClient>.Instance);
        Task connecting = client.ConnectAsync(Token);
        await _keeper.WelcomeAsync();
        await connecting;

        Task<SpawnResult> create = client.CreateAsync(NewCreate() with { Timeout = TimeSpan.Zero }, Token);
        (MessageType first, uint id) = await _keeper.ReceiveAsync();
        CridException failure = await Assert.ThrowsAsync<CridException>(() => create);
        (MessageType Type, uint Id) second = await _keeper.ReceiveAsync();

        Assert.Equal(MessageType.Create, first);
        Assert.Equal((MessageType.Cancel, id), second);
        Assert.Equal(ErrorKind.Unavailable, failure.Kind);
    }

    [Fact]
    public async Task Request_ConnectionLost_IsUnavailableAndTheNextOneConnectsAgain()
    {
        await ConnectAsync();
        Task lost = _client.ForgetAsync("a", Token);
        await _keeper.ReceiveAsync();

        _keeper.Dispose();
        CridException failure = await Assert.ThrowsAsync<CridException>(() => lost);
        _keeper = new FakeKeeper(_loop, SocketPath);
        await _keeper.WelcomeAsync();
        Task again = _client.ForgetAsync("a", Token);
        (_, uint id) = await _keeper.ReceiveAsync();
        Answer(id, writer => writer.WriteSuccess());
        await again;

        Assert.Equal(ErrorKind.Unavailable, failure.Kind);
    }

    [Fact]
    public async Task Request_NobodyListens_IsUnavailable()
    {
        _keeper.Dispose();
        KeeperClientOptions options = new() { SocketPath = SocketPath, ConnectTimeout = TimeSpan.FromMilliseconds(50) };
        await using KeeperClient client = new(options, _loop, TimeProvider.System, NullLogger<KeeperClient>.Instance);
        client.Start();

        CridException failure = await Assert.ThrowsAsync<CridException>(() => client.ListAsync(Token));

        Assert.Equal(ErrorKind.Unavailable, failure.Kind);
    }

    [Fact]
    public async Task Exited_BeforeAnyListener_IsHeldForTheFirst()
    {
        await ConnectAsync();
        MessageWriter message = new(MessageType.Exited, 0);
        message.Write(Exit);
        _keeper.Send(message);
        await RoundTripAsync();

        List<ProcessExit> exits = [];
        _client.Exited += exits.Add;

        Assert.Equal([Exit], exits);
    }

    [Fact]
    public async Task Exited_ListenerThrows_LaterExitsStillCome()
    {
        await ConnectAsync();
        int calls = 0;
        _client.Exited += _ =>
        {
            calls++;
            throw new InvalidOperationException("listener");
        };
        for (int i = 0; i < 2; i++)
        {
            MessageWriter message = new(MessageType.Exited, 0);
            message.Write(Exit);
            _keeper.Send(message);
        }

        await RoundTripAsync();

        Assert.Equal(2, calls);
    }

    private void Hold(string id, params HeldFile[] files)
    {
        MessageWriter message = new(MessageType.Hold, 0);
        message.Write(id, files);
        _keeper.Send(message, [.. files.Select(file => file.File)]);
    }

    private void Release(string id, HeldKind kind)
    {
        MessageWriter message = new(MessageType.Release, 0);
        message.WriteByte((byte)kind);
        message.WriteString(id);
        _keeper.Send(message);
    }

    private static string Read(SafeFileHandle file)
    {
        byte[] buffer = new byte[100];
        return System.Text.Encoding.UTF8.GetString(buffer, 0, Descriptor.TryRead(file, buffer));
    }

    private static CreateRequest NewCreate() => new() { Id = "id", Command = ["/bin/runc"], BundleDirectory = "/", PidFile = "/p", IoDirectory = "/io" };

    private async Task ConnectAsync()
    {
        Task connecting = _client.ConnectAsync(Token);
        await _keeper.WelcomeAsync();
        await connecting;
    }

    /// <summary>What the keeper sent before this has been handled when it returns.</summary>
    private async Task RoundTripAsync()
    {
        Task request = _client.ForgetAsync("x", Token);
        (_, uint id) = await _keeper.ReceiveAsync();
        Answer(id, writer => writer.WriteSuccess());
        await request;
    }

    private void Answer(uint id, Action<MessageWriter> body)
    {
        MessageWriter message = new(MessageType.Reply, id);
        body(message);
        _keeper.Send(message);
    }
}

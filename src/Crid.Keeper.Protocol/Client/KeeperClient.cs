using Crid.Core;
using Crid.Linux;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper.Protocol;

/// <summary>
/// The keeper as crid sees it: connects in the background, connects again when the keeper was replaced, and reports every exit that was
/// not forgotten after each connect.
/// </summary>
public sealed class KeeperClient : IKeeper, IAsyncDisposable
{
    private readonly EventLoop _loop;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly KeeperClientOptions _options;
    private readonly CancellationTokenSource _disposing = new();
    private readonly ExitEvents _exits;
    private readonly HeldFiles _held = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource<KeeperConnection> _connection = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _disconnected = Completed();
    private Task? _running;
    private KeeperConnection? _standing;

    public KeeperClient(KeeperClientOptions options, EventLoop loop, TimeProvider time, ILogger<KeeperClient> logger)
    {
        _options = options;
        _loop = loop;
        _time = time;
        _logger = logger;
        _exits = new ExitEvents(logger);
    }

    /// <summary>Listeners are called one exit after the other and must return soon. The first gets what came before it.</summary>
    public event Action<ProcessExit>? Exited
    {
        add => _exits.Add(value);
        remove => _exits.Remove(value);
    }

    /// <summary>Whether a connection stands now, over which the keeper has passed all that crid holds for it.</summary>
    public bool IsConnected => KeeperPid is not null;

    /// <summary>The process at the other end of the connection; null while none stands.</summary>
    public int? KeeperPid
    {
        get
        {
            lock (_lock)
            {
                return _connection.Task is { IsCompletedSuccessfully: true, Result: KeeperConnection connection } ? connection.KeeperPid : null;
            }
        }
    }

    /// <summary>Completes as soon as no connection stands, which may be now.</summary>
    public Task WaitUntilDisconnectedAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _disconnected.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Begins to connect; requests may be made at once.</summary>
    public void Start()
    {
        lock (_lock)
        {
            _running ??= Task.Run(() => RunAsync(_disposing.Token));
        }
    }

    /// <summary>Waits until a connection stands.</summary>
    /// <exception cref="CridException">Unavailable: the connect timeout has run out.</exception>
    public Task ConnectAsync(CancellationToken cancellationToken)
    {
        Start();
        return GetConnectionAsync(cancellationToken);
    }

    public Task<SpawnResult> CreateAsync(CreateRequest request, CancellationToken cancellationToken) =>
        RequestSpawnAsync(MessageType.Create, (writer, version) => writer.Write(request, version), [], request.Timeout, cancellationToken);

    public Task<SpawnResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken) =>
        RequestSpawnAsync(
            MessageType.Exec, (writer, version) => writer.Write(request, version), request.GetFiles(), request.Timeout, cancellationToken);

    public async Task<SafeFileHandle?> AttachAsync(AttachRequest request, CancellationToken cancellationToken)
    {
        KeeperReply reply = await RequestAsync(MessageType.Attach, (writer, _) => writer.Write(request), request.GetFiles(), cancellationToken);
        return reply.Files is [SafeFileHandle input, ..] ? input : null;
    }

    public Task CloseStdinAsync(string id, CancellationToken cancellationToken) =>
        RequestAsync(MessageType.CloseStdin, (writer, _) => writer.WriteString(id), [], cancellationToken);

    public Task ReopenLogAsync(string id, CancellationToken cancellationToken) =>
        RequestAsync(MessageType.ReopenLog, (writer, _) => writer.WriteString(id), [], cancellationToken);

    public Task ForgetAsync(string id, CancellationToken cancellationToken) =>
        RequestAsync(MessageType.Forget, (writer, _) => writer.WriteString(id), [], cancellationToken);

    public async Task<IReadOnlyList<KeptProcess>> ListAsync(CancellationToken cancellationToken)
    {
        KeeperReply reply = await RequestAsync(MessageType.List, static (_, _) => { }, [], cancellationToken);
        return ReadList(reply.Body);
    }

    /// <summary>
    /// Has the keeper replace itself by its program as it is installed now, if that is another one than it runs. Containers and this connection
    /// do not notice. False where it runs the installed one or is too old to do so.
    /// </summary>
    public async Task<bool> ReloadIfReplacedAsync(CancellationToken cancellationToken)
    {
        KeeperConnection connection = await GetConnectionAsync(cancellationToken);
        if (connection.Version < KeeperWire.AttachVersion || !OwnProgram.IsReplaced(connection.KeeperPid))
        {
            return false;
        }

        await RequestAsync(MessageType.Reload, static (_, _) => { }, [], cancellationToken);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposing.IsCancellationRequested)
        {
            return;
        }

        await _disposing.CancelAsync();
        if (_running is not null)
        {
            await _running;
        }

        _held.Dispose();
        _disposing.Dispose();
    }

    private async Task<SpawnResult> RequestSpawnAsync(
        MessageType type, Action<MessageWriter, ushort> body, SafeFileHandle[] files, TimeSpan runtime, CancellationToken cancellationToken)
    {
        KeeperReply reply = await RequestAsync(type, body, files, cancellationToken, runtime);
        MessageReader reader = new(reply.Body);
        reader.ReadByte();
        SpawnResult result = KeeperMessages.ReadSpawnResult(ref reader);
        return reply.Files is [SafeFileHandle pidfd, ..] ? result with { Process = new ProcessHandle(result.Pid, pidfd) } : result;
    }

    /// <param name="runtime">How long what is asked for may take by itself.</param>
    private async Task<KeeperReply> RequestAsync(
        MessageType type,
        Action<MessageWriter, ushort> body,
        SafeFileHandle[] files,
        CancellationToken cancellationToken,
        TimeSpan runtime = default)
    {
        bool spawns = type is MessageType.Create or MessageType.Exec;
        bool repeatable = !spawns && type is not (MessageType.Attach or MessageType.Reload);
        using CancellationTokenSource patience = new(_options.AnswerTimeout + runtime, _time);
        KeeperConnection connection = await GetConnectionAsync(cancellationToken);
        ThrowIfTooOld(connection, type);
        KeeperReply reply;
        try
        {
            reply = await connection.RequestAsync(type, body, files, cancellable: spawns, patience.Token, cancellationToken);
        }
        catch (CridException e) when (
            e.Kind == ErrorKind.Unavailable && (repeatable || e is RequestUnsentException) && !patience.IsCancellationRequested)
        {
            // The keeper was replaced under the request: it has not seen it, or the request does no harm when it is made twice.
            Unpublish(connection);
            connection = await GetConnectionAsync(cancellationToken);
            ThrowIfTooOld(connection, type);
            reply = await connection.RequestAsync(type, body, files, cancellable: spawns, patience.Token, cancellationToken);
        }

        ThrowOnFailure(reply);
        return reply;
    }

    private static void ThrowIfTooOld(KeeperConnection connection, MessageType type)
    {
        if ((type is MessageType.Attach or MessageType.CloseStdin) && connection.Version < KeeperWire.AttachVersion)
        {
            throw new CridException(ErrorKind.Unimplemented, "the crid-keeper that runs is older than this crid; reload it");
        }
    }

    private static void ThrowOnFailure(KeeperReply reply)
    {
        MessageReader reader = new(reply.Body);
        if (KeeperMessages.ReadFailure(ref reader) is CridException failure)
        {
            reply.DisposeFiles();
            throw failure;
        }
    }

    private static List<KeptProcess> ReadList(byte[] reply)
    {
        MessageReader reader = new(reply);
        reader.ReadByte();
        int count = reader.ReadCount(minimumBytesEach: 17);
        List<KeptProcess> processes = new(count);
        for (int i = 0; i < count; i++)
        {
            processes.Add(KeeperMessages.ReadKeptProcess(ref reader));
        }

        return processes;
    }

    private async Task<KeeperConnection> GetConnectionAsync(CancellationToken cancellationToken)
    {
        Task<KeeperConnection> connection;
        lock (_lock)
        {
            connection = _connection.Task;
        }

        try
        {
            return await connection.WaitAsync(_options.ConnectTimeout, _time, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new CridException(ErrorKind.Unavailable, $"crid-keeper does not answer on '{_options.SocketPath}'", e);
        }
    }

    /// <summary>Connects, serves the connection until it breaks, and begins anew.</summary>
    private async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeSpan delay = _options.FirstRetryDelay;
        while (!cancellationToken.IsCancellationRequested)
        {
            bool connected = false;
            KeeperConnection? connection = null;
            try
            {
                connection = new KeeperConnection(_loop, UnixSocket.Connect(_options.SocketPath, UnixSocketKind.Packet), _exits.Raise, _held);
                connected = await ServeAsync(connection, cancellationToken);
            }
            catch (LinuxException e)
            {
                KeeperClientLog.ConnectFailed(_logger, e.Message);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                break;
            }
            finally
            {
                Unpublish(connection);
                connection?.Dispose();
            }

            delay = connected ? _options.FirstRetryDelay : delay;
            await Task.Delay(delay, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = delay * 2 < _options.LastRetryDelay ? delay * 2 : _options.LastRetryDelay;
        }

        lock (_lock)
        {
            _connection.TrySetException(new ObjectDisposedException(nameof(KeeperClient)));
            _ = _connection.Task.Exception;
        }
    }

    /// <summary>Returns when the connection has broken: whether it had stood.</summary>
    private async Task<bool> ServeAsync(KeeperConnection connection, CancellationToken cancellationToken)
    {
        Task<string> receiving = connection.ReceiveAsync(cancellationToken);
        await connection.SayHelloAsync(_options.NewestVersion, cancellationToken);
        await Task.WhenAny(connection.Welcomed, receiving);
        bool connected = connection.Welcomed.IsCompletedSuccessfully && await connection.ExchangeHeldAsync(cancellationToken);
        if (connected)
        {
            KeeperClientLog.Connected(_logger, _options.SocketPath);
            lock (_lock)
            {
                _standing = connection;
                _disconnected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _connection.TrySetResult(connection);
            }
        }

        string reason = await receiving;
        KeeperClientLog.Disconnected(_logger, reason);
        return connected;
    }

    /// <summary>Lets further requests wait for the next connection.</summary>
    private void Unpublish(KeeperConnection? broken)
    {
        lock (_lock)
        {
            if (broken is not null && _standing == broken)
            {
                _standing = null;
                _connection = new TaskCompletionSource<KeeperConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
                _disconnected.TrySetResult();
            }
        }
    }

    private static TaskCompletionSource Completed()
    {
        TaskCompletionSource completed = new();
        completed.SetResult();
        return completed;
    }
}

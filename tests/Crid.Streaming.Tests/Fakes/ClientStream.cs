using System.Text;

namespace Crid.Streaming.Tests;

/// <summary>A stream as a SPDY client sees it.</summary>
internal sealed class ClientStream(uint id)
{
    private readonly MemoryStream _data = new();
    private readonly TaskCompletionSource _replied = New();
    private readonly TaskCompletionSource _ended = New();
    private readonly TaskCompletionSource<uint> _reset = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public uint Id { get; } = id;

    public Task Replied => Soon(_replied.Task);

    /// <summary>The end of the server's direction: by FIN, reset, or the end of the connection.</summary>
    public Task Ended => Soon(_ended.Task);

    public Task<uint> ResetStatus => _reset.Task.WaitAsync(Limit);

    public bool IsReset => _reset.Task.IsCompleted;

    public long Length
    {
        get
        {
            lock (_data)
            {
                return _data.Length;
            }
        }
    }

    private static TimeSpan Limit => TimeSpan.FromSeconds(20);

    public byte[] Bytes
    {
        get
        {
            lock (_data)
            {
                return _data.ToArray();
            }
        }
    }

    public async Task<string> TextAsync()
    {
        await Ended;
        return Encoding.UTF8.GetString(Bytes);
    }

    public void Reply() => _replied.TrySetResult();

    public void Append(byte[] bytes)
    {
        Assert.True(_replied.Task.IsCompleted, "data came before the reply");
        lock (_data)
        {
            _data.Write(bytes);
        }
    }

    public void End() => _ended.TrySetResult();

    public void Reset(uint status)
    {
        _reset.TrySetResult(status);
        _ended.TrySetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static Task Soon(Task task) => task.WaitAsync(Limit);
}

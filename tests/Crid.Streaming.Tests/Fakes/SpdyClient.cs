using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;

namespace Crid.Streaming.Tests;

/// <summary>A SPDY client written for the tests: it frames by hand and compresses with the platform's deflate, so it shares nothing with the server.</summary>
internal sealed class SpdyClient : IAsyncDisposable
{
    private readonly DuplexStream _transport;
    private readonly MemoryStream _compressed = new();
    private readonly DeflateStream _deflate;
    private readonly ConcurrentDictionary<uint, ClientStream> _streams = new();
    private readonly TaskCompletionSource<uint> _goAway = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BlockingCollection<uint> _pings = [];
    private uint _next = 1;
    private bool _started;

    public SpdyClient(DuplexStream transport)
    {
        _transport = transport;
        _deflate = new DeflateStream(_compressed, CompressionLevel.SmallestSize, leaveOpen: true);
        Reading = ReadAsync();
    }

    /// <summary>Ends when the server has closed.</summary>
    public Task Reading { get; }

    public Task<uint> GoAwayStatus => _goAway.Task.WaitAsync(TimeSpan.FromSeconds(20));

    public bool HasGoAway => _goAway.Task.IsCompleted;

    public int FramesReceived { get; private set; }

    public uint TakePing() => _pings.TryTake(out uint id, TimeSpan.FromSeconds(20)) ? id : throw new TimeoutException("no ping came");

    public Task<ClientStream> OpenAsync(params (string Name, string Value)[] headers) => OpenAsync(_next, headers);

    public async Task<ClientStream> OpenAsync(uint id, params (string Name, string Value)[] headers)
    {
        ClientStream stream = new(id);
        _streams[id] = stream;
        _next = Math.Max(_next, id) + 2;
        await SendAsync(SynStream(id, Compress(headers)));
        return stream;
    }

    /// <summary>Opens a stream of a command and waits for its reply, as clients do.</summary>
    public async Task<ClientStream> OpenTypeAsync(string type)
    {
        ClientStream stream = await OpenAsync(("streamtype", type));
        await stream.Replied;
        return stream;
    }

    public byte[] Compress(params (string Name, string Value)[] headers)
    {
        using MemoryStream block = new();
        WriteNumber(block, (uint)headers.Length);
        foreach ((string name, string value) in headers)
        {
            WriteNumber(block, (uint)Encoding.UTF8.GetByteCount(name));
            block.Write(Encoding.UTF8.GetBytes(name));
            WriteNumber(block, (uint)Encoding.UTF8.GetByteCount(value));
            block.Write(Encoding.UTF8.GetBytes(value));
        }

        return CompressBytes(block.ToArray());
    }

    public byte[] CompressBytes(byte[] block)
    {
        _compressed.SetLength(0);
        if (!_started)
        {
            _compressed.Write([0x78, 0xBB, 0xE3, 0xC6, 0xA7, 0xC2]);
            _started = true;
        }

        _deflate.Write(block);
        _deflate.Flush();
        return _compressed.ToArray();
    }

    public static byte[] SynStream(uint id, byte[] block, byte flags = 0)
    {
        byte[] payload = new byte[10 + block.Length];
        BinaryPrimitives.WriteUInt32BigEndian(payload, id);
        block.CopyTo(payload, 10);
        return Control(1, payload, flags);
    }

    public static byte[] Control(ushort type, byte[] payload, byte flags = 0)
    {
        byte[] frame = new byte[8 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, 0x8003);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), type);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), (uint)flags << 24 | (uint)payload.Length);
        payload.CopyTo(frame, 8);
        return frame;
    }

    public static byte[] Control(ushort type, params uint[] numbers) => Control(type, Numbers(numbers));

    public static byte[] Data(uint id, byte[] data, bool fin = false)
    {
        byte[] frame = new byte[8 + data.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, id);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), (fin ? 1u << 24 : 0) | (uint)data.Length);
        data.CopyTo(frame, 8);
        return frame;
    }

    public async Task SendAsync(byte[] bytes) => await _transport.WriteAsync(bytes);

    public Task SendAsync(ClientStream stream, string text, bool fin = false) => SendAsync(Data(stream.Id, Encoding.UTF8.GetBytes(text), fin));

    public Task PingAsync(uint id) => SendAsync(Control(6, id));

    /// <summary>Closes the sending direction, which is how a client that leaves looks first.</summary>
    public void EndSend() => _transport.EndSend();

    public async ValueTask DisposeAsync()
    {
        await _transport.DisposeAsync();
        await Reading;
        _pings.Dispose();
        await _deflate.DisposeAsync();
    }

    private static byte[] Numbers(uint[] numbers)
    {
        byte[] bytes = new byte[4 * numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 * i), numbers[i]);
        }

        return bytes;
    }

    private static void WriteNumber(MemoryStream to, uint number) => to.Write(Numbers([number]));

    private async Task ReadAsync()
    {
        try
        {
            byte[] header = new byte[8];
            while (await _transport.ReadAtLeastAsync(header, 8, throwOnEndOfStream: false) == 8)
            {
                byte[] payload = new byte[BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4)) & 0xFFFFFF];
                await _transport.ReadExactlyAsync(payload);
                FramesReceived++;
                Handle(header, payload);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // This end was closed while it read.
        }

        foreach (ClientStream stream in _streams.Values)
        {
            stream.End();
        }
    }

    private void Handle(byte[] header, byte[] payload)
    {
        uint first = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (first >> 31 == 0)
        {
            _streams[first].Append(payload);
            if ((header[4] & 1) != 0)
            {
                _streams[first].End();
            }

            return;
        }

        uint number = BinaryPrimitives.ReadUInt32BigEndian(payload);
        switch (first & 0xFFFF)
        {
            case 2:
                _streams.GetOrAdd(number, static id => new ClientStream(id)).Reply();
                break;
            case 3:
                _streams.GetOrAdd(number, static id => new ClientStream(id)).Reset(BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(4)));
                break;
            case 6:
                _pings.Add(number);
                break;
            case 7:
                _goAway.TrySetResult(BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(4)));
                break;
            default:
                Assert.Fail($"a frame of type {first & 0xFFFF}");
                break;
        }
    }
}

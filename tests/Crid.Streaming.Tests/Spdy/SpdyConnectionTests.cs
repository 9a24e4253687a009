using System.Collections.Concurrent;
using Crid.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Streaming.Tests;

public sealed class SpdyConnectionTests
{
    private const int MaxStreams = 8;

    [Fact]
    public async Task Open_FirstStream_IsRepliedWithTheKnownBytes()
    {
        (DuplexStream server, DuplexStream client) = DuplexStream.CreatePair();
        using SpdyConnection connection = Connect(server, new Handler(), TimeProvider.System);
        Task running = connection.RunAsync(CancellationToken.None);

        // A client's first frame, as its bytes are on the wire.
        await client.WriteAsync(Convert.FromHexString("8003000100000028000000010000000000" + "00" + "78f9e3c6a7c202a62346703a2b294a4dcc851625aca9a08006000000ffff"));
        byte[] reply = new byte[74];
        await client.ReadExactlyAsync(reply);
        client.EndSend();
        await running;

        Assert.Equal("80030002000000420000000178BBE3C6A7C2002E00D1FF00000002000000073A73746174757300000003323030000000083A76657273696F6E00000008485454502F312E31000000FFFF", Convert.ToHexString(reply));
    }

    [Fact]
    public async Task Run_SilentClient_IsSentNothing()
    {
        ManualTime time = new();
        await using Lab lab = new(time: time);

        time.Advance(TimeSpan.FromHours(5));
        await lab.Running;

        Assert.Equal(0, lab.Client.FramesReceived);
    }

    [Fact]
    public async Task Ping_OddId_IsEchoedAndEvenIsNot()
    {
        await using Lab lab = new();

        await lab.Client.PingAsync(2);
        await lab.Client.PingAsync(0);
        await lab.Client.PingAsync(7);

        Assert.Equal(7u, lab.Client.TakePing());
        Assert.Equal(1, lab.Client.FramesReceived);
    }

    [Fact]
    public async Task Idle_PingsOnly_KeepTheConnection()
    {
        ManualTime time = new();
        await using Lab lab = new(time: time);
        for (uint id = 1; id < 10; id += 2)
        {
            time.Advance(TimeSpan.FromHours(3));
            await lab.Client.PingAsync(id);
            Assert.Equal(id, lab.Client.TakePing());
        }

        time.Advance(TimeSpan.FromHours(4.5));

        await lab.Running.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Data_BothWays_ArrivesAndHalfCloses()
    {
        await using Lab lab = new();
        ClientStream client = await lab.Client.OpenTypeAsync("x");
        SpdyStream server = lab.Handler.Take();

        await lab.Client.SendAsync(client, "hello ");
        await lab.Client.SendAsync(client, "world", fin: true);
        string text = await Read.ToEndAsync(server.Input);
        await server.WriteAsync("answer"u8.ToArray());
        await server.FinishAsync();

        Assert.Equal("hello world", text);
        Assert.Equal("answer", await client.TextAsync());
        Assert.False(client.IsReset);
        Assert.Equal(0, lab.Connection.StreamCount);
    }

    [Fact]
    public async Task Write_LongData_GoesOutInSmallFrames()
    {
        await using Lab lab = new();
        ClientStream client = await lab.Client.OpenTypeAsync("x");
        SpdyStream server = lab.Handler.Take();
        byte[] data = new byte[1_000_000];
        new Random(2).NextBytes(data);

        await server.WriteAsync(data);
        await server.FinishAsync();
        await client.Ended;

        Assert.Equal(data, client.Bytes);
        Assert.InRange(lab.Client.FramesReceived, 1_000_000 / SpdyFrameWriter.MaxData, 40);
    }

    [Fact]
    public async Task Write_ByManyStreamsAtOnce_MixesNothingUp()
    {
        await using Lab lab = new();
        List<(ClientStream Client, SpdyStream Server)> pairs = [];
        for (int i = 0; i < MaxStreams; i++)
        {
            pairs.Add((await lab.Client.OpenTypeAsync("x"), lab.Handler.Take()));
        }

        await Task.WhenAll(pairs.Select(static pair => Task.Run(async () =>
        {
            byte[] data = new byte[50_000];
            data.AsSpan().Fill((byte)pair.Server.Id);
            for (int i = 0; i < 10; i++)
            {
                await pair.Server.WriteAsync(data);
            }

            await pair.Server.FinishAsync();
        })));

        foreach ((ClientStream client, SpdyStream _) in pairs)
        {
            await client.Ended;
            Assert.Equal(500_000, client.Bytes.Length);
            Assert.All(client.Bytes.Chunk(5000), chunk => Assert.Equal((byte)client.Id, chunk[0]));
        }
    }

    [Fact]
    public async Task Reset_ByThePeer_FailsReadsAndWrites()
    {
        await using Lab lab = new();
        ClientStream client = await lab.Client.OpenTypeAsync("x");
        SpdyStream server = lab.Handler.Take();

        await lab.Client.SendAsync(SpdyClient.Control(3, client.Id, 5));

        await Assert.ThrowsAsync<IOException>(() => Read.ToEndAsync(server.Input));
        await Assert.ThrowsAsync<IOException>(async () => await server.WriteAsync(new byte[1]));
        Assert.Equal(0, lab.Connection.StreamCount);
    }

    [Fact]
    public async Task Open_WithFin_HasNoInput()
    {
        await using Lab lab = new();

        await lab.Client.SendAsync(SpdyClient.SynStream(1, lab.Client.Compress(("a", "b")), flags: 1));

        Assert.Equal(0, await lab.Handler.Take().Input.ReadAsync(new byte[1]));
    }

    [Fact]
    public async Task Open_Refused_IsReset()
    {
        await using Lab lab = new(new Handler { IsAccepting = false });

        ClientStream client = await lab.Client.OpenAsync(("streamtype", "x"));

        Assert.Equal((uint)SpdyStatus.Cancel, await client.ResetStatus);
        Assert.Equal(0, lab.Connection.StreamCount);
    }

    [Theory]
    [InlineData(2u, 0)]
    [InlineData(3u, 0)]
    [InlineData(5u, 0)]
    [InlineData(9u, 2)]
    public async Task Open_WrongIdOrDirection_IsResetAndCompressionGoesOn(uint id, byte flags)
    {
        await using Lab lab = new();
        await lab.Client.OpenAsync(5, ("streamtype", "first"));
        lab.Handler.Take();

        ClientStream wrong = new(id);
        await lab.Client.SendAsync(SpdyClient.SynStream(id, lab.Client.Compress(("streamtype", "wrong")), flags));
        await lab.Client.OpenAsync(7, ("streamtype", "second"));

        Assert.Equal("second", lab.Handler.Take().Headers.Type);
        Assert.Equal(id, wrong.Id);
    }

    [Theory]
    [InlineData("streamtype")]
    [InlineData("port")]
    [InlineData("requestid")]
    public async Task Open_ValueTooLong_IsRefusedAndTheConnectionGoesOn(string name)
    {
        await using Lab lab = new();

        ClientStream refused = await lab.Client.OpenAsync((name, new string('1', SpdyHeaderReader.MaxValue + 1)));
        await lab.Client.OpenAsync((name, new string('1', SpdyHeaderReader.MaxValue)));

        Assert.Equal((uint)SpdyStatus.RefusedStream, await refused.ResetStatus);
        Assert.NotEqual(refused.Id, lab.Handler.Take().Id);
        Assert.Equal(1, lab.Connection.StreamCount);
    }

    [Fact]
    public async Task Open_HeadersLongerThanABlock_EndsTheConnection()
    {
        await using Lab lab = new(time: new ManualTime());

        await lab.Client.OpenAsync(("streamtype", "x"), ("a", new string('a', SpdyHeaderReader.MaxBlock)));
        lab.Client.EndSend();

        Assert.Equal(1u, await lab.Client.GoAwayStatus);
        Assert.Equal(0, lab.Connection.StreamCount);
    }

    [Fact]
    public async Task Open_ThousandsOfStreams_AreRefusedAboveTheLimit()
    {
        await using Lab lab = new();
        List<ClientStream> streams = [];
        for (int i = 0; i < 3000; i++)
        {
            streams.Add(await lab.Client.OpenAsync(("streamtype", "x")));
        }

        Assert.Equal((uint)SpdyStatus.RefusedStream, await streams[^1].ResetStatus);
        Assert.Equal(MaxStreams, lab.Connection.StreamCount);
        Assert.Equal(3000 - MaxStreams, streams.Count(static stream => stream.IsReset));
    }

    [Fact]
    public async Task Open_OneAfterTheOtherClosed_NeverRunsOut()
    {
        await using Lab lab = new();
        for (int i = 0; i < 10 * MaxStreams; i++)
        {
            ClientStream client = await lab.Client.OpenTypeAsync("x");
            SpdyStream server = lab.Handler.Take();
            await lab.Client.SendAsync(client, "", fin: true);
            Assert.Equal(0, await server.Input.ReadAsync(new byte[1]));
            await server.FinishAsync();
            await client.Ended;
        }

        Assert.Equal(0, lab.Connection.StreamCount);
    }

    [Fact]
    public async Task Data_NobodyReads_HoldsTheSenderBackWithinTheBudget()
    {
        StreamingOptions options = new() { BufferedBytes = 100_000 };
        await using Lab lab = new(options: options);
        ClientStream client = await lab.Client.OpenTypeAsync("x");
        SpdyStream server = lab.Handler.Take();

        Task sending = lab.Client.SendAsync(SpdyClient.Data(client.Id, new byte[2_000_000], fin: true));
        byte[] buffer = new byte[1000];
        await server.Input.ReadExactlyAsync(buffer);

        // The transport's 64 KiB and one read of the connection come on top of the budget; most of the data can't have left the client.
        Assert.False(sending.IsCompleted);
        Assert.InRange(lab.Connection.Buffered, 0, options.BufferedBytes + 64 * 1024);
        MemoryStream rest = new();
        await server.Input.CopyToAsync(rest);
        await sending;
        Assert.Equal(1_999_000, rest.Length);
        Assert.Equal(0, lab.Connection.Buffered);
    }

    [Fact]
    public async Task Data_StreamNobodyWants_DoesNotHoldUpOthers()
    {
        await using Lab lab = new(options: new StreamingOptions { BufferedBytes = 10_000 });
        ClientStream unwanted = await lab.Client.OpenTypeAsync("x");
        SpdyStream server = lab.Handler.Take();
        Task sending = lab.Client.SendAsync(SpdyClient.Data(unwanted.Id, new byte[1_000_000]));

        await server.Input.DisposeAsync();
        await sending;
        await lab.Client.PingAsync(1);

        Assert.Equal(1u, lab.Client.TakePing());
        Assert.Equal(0, lab.Connection.Buffered);
    }

    [Fact]
    public async Task Ping_WhileTheClientDoesNotRead_DoesNotStopInput()
    {
        (DuplexStream server, DuplexStream client) = DuplexStream.CreatePair(capacity: 4096);
        Handler handler = new();
        using SpdyConnection connection = Connect(server, handler, TimeProvider.System);
        Task running = connection.RunAsync(CancellationToken.None);
        await client.WriteAsync(Convert.FromHexString("80030001000000280000000100000000" + "0000" + "78f9e3c6a7c202a62346703a2b294a4dcc851625aca9a08006000000ffff"));
        SpdyStream stream = handler.Take();
        Task writing = stream.WriteAsync(new byte[100_000]).AsTask();

        await client.WriteAsync(SpdyClient.Control(6, 1u));
        await client.WriteAsync(SpdyClient.Data(1, "still here"u8.ToArray(), fin: true));

        Assert.Equal("still here", await Read.ToEndAsync(stream.Input));
        Assert.False(writing.IsCompleted);
        await client.DisposeAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAnyAsync<Exception>(() => writing.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Ping_FloodWithoutReading_IsHeldBack()
    {
        (DuplexStream server, DuplexStream client) = DuplexStream.CreatePair(capacity: 4096);
        using CancellationTokenSource stop = new();
        using SpdyConnection connection = Connect(server, new Handler(), TimeProvider.System);
        Task running = connection.RunAsync(stop.Token);
        byte[] ping = SpdyClient.Control(6, 1u);

        Task flood = Task.Run(async () =>
        {
            for (int i = 0; i < 1_000_000; i++)
            {
                await client.WriteAsync(ping);
            }
        });
        await Task.WhenAny(flood, Task.Delay(200));

        Assert.False(flood.IsCompleted);
        await stop.CancelAsync();
        await running;
        await server.DisposeAsync();
        await client.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => flood.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Close_OpenStreams_AreResetBeforeGoodbye()
    {
        await using Lab lab = new();
        ClientStream open = await lab.Client.OpenTypeAsync("x");
        ClientStream finished = await lab.Client.OpenTypeAsync("x");
        lab.Handler.Take();
        await lab.Handler.Take().FinishAsync();

        await lab.Connection.CloseAsync();

        Assert.Equal(0u, await lab.Client.GoAwayStatus);
        Assert.Equal((uint)SpdyStatus.Cancel, await open.ResetStatus);
        Assert.False(finished.IsReset);
        lab.Client.EndSend();
        await lab.Running.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Close_ClientThatStays_EndsAfterTheLingerTime()
    {
        ManualTime time = new();
        await using Lab lab = new(time: time);
        await lab.Client.OpenTypeAsync("x");
        await lab.Connection.CloseAsync();
        Assert.Equal(0u, await lab.Client.GoAwayStatus);
        await lab.Client.SendAsync(new byte[300_000]);

        Assert.False(lab.Running.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(6));

        await lab.Running.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Run_ClientGone_FailsReadersAndSaysSo()
    {
        await using Lab lab = new();
        await lab.Client.OpenTypeAsync("x");
        SpdyStream server = lab.Handler.Take();

        lab.Client.EndSend();

        await Assert.ThrowsAsync<IOException>(() => Read.ToEndAsync(server.Input));
        await lab.Running;
        Assert.True(lab.Connection.Closed.IsCancellationRequested);
    }

    [Theory]
    [InlineData("8003000500000000", "an unknown type without payload")]
    [InlineData("80030063000000080000000000000000", "an unknown type")]
    [InlineData("8002000600000004" + "00000001", "an old version")]
    [InlineData("8003000600000008" + "0000000100000000", "a long ping")]
    [InlineData("800300060000000200000000", "a short ping")]
    [InlineData("8003000300000008" + "0000000100000000", "a reset with status 0")]
    [InlineData("8003000300000004" + "00000001", "a short reset")]
    [InlineData("8003000700000004" + "00000001", "a short goodbye")]
    [InlineData("8003000900000009" + "000000010000000100", "a long window update")]
    [InlineData("800300040000000C" + "7FFFFFFF" + "0000000000000000", "settings that are not there")]
    [InlineData("8003000100000006" + "000000010000", "a short stream")]
    [InlineData("800300010000000A" + "00000001000000000000", "a stream without headers")]
    [InlineData("8003000100FFFFFF" + "00000001", "a control frame of 16 MiB")]
    [InlineData("80030008000000080000000100000000", "headers that are not compressed")]
    [InlineData("0000000000000001FF", "data for stream 0")]
    public async Task Run_MalformedFrame_SaysGoodbyeWithAnError(string hex, string why)
    {
        await using Lab lab = new(time: new ManualTime());

        await lab.Client.SendAsync(Convert.FromHexString(hex));
        lab.Client.EndSend();
        await lab.Running.WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(1u, await lab.Client.GoAwayStatus);
        Assert.NotEmpty(why);
    }

    [Theory]
    [InlineData("8003")]
    [InlineData("80030006000000040000")]
    [InlineData("000000010000000AFF")]
    public async Task Run_TruncatedFrame_Ends(string hex)
    {
        await using Lab lab = new();

        await lab.Client.SendAsync(Convert.FromHexString(hex));
        lab.Client.EndSend();

        await lab.Running.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Run_IgnoredFrames_ChangeNothing()
    {
        await using Lab lab = new();

        await lab.Client.SendAsync(SpdyClient.Control(4, 1, 0x0000_0007, 65_536));
        await lab.Client.SendAsync(SpdyClient.Control(9, 1, 1000));
        await lab.Client.SendAsync(SpdyClient.Data(77, new byte[10]));
        await lab.Client.SendAsync(SpdyClient.Control(3, 77, 5));
        await lab.Client.SendAsync(SpdyClient.Control(8, [0, 0, 0, 77, .. lab.Client.Compress(("late", "header"))]));
        await lab.Client.SendAsync(SpdyClient.Control(2, [0, 0, 0, 77, .. lab.Client.Compress()]));
        ClientStream stream = await lab.Client.OpenTypeAsync("x");

        Assert.Equal(1, lab.Client.FramesReceived);
        Assert.Equal("x", lab.Handler.Take().Headers.Type);
        Assert.False(stream.IsReset);
    }

    [Fact]
    public async Task Open_AfterGoodbyeOfThePeer_IsRefused()
    {
        await using Lab lab = new();
        await lab.Client.SendAsync(SpdyClient.Control(7, 0, 0));

        ClientStream stream = await lab.Client.OpenAsync(("a", "b"));

        Assert.Equal((uint)SpdyStatus.RefusedStream, await stream.ResetStatus);
    }

    [Fact]
    public async Task Data_AfterTheEnd_ResetsTheStream()
    {
        await using Lab lab = new();
        ClientStream stream = await lab.Client.OpenTypeAsync("x");
        await lab.Client.SendAsync(stream, "a", fin: true);

        await lab.Client.SendAsync(stream, "b");

        Assert.Equal((uint)SpdyStatus.StreamAlreadyClosed, await stream.ResetStatus);
        Assert.Equal("a", await Read.ToEndAsync(lab.Handler.Take().Input));
    }

    private static SpdyConnection Connect(Stream transport, ISpdyStreamHandler handler, TimeProvider time, StreamingOptions? options = null) =>
        new(transport, handler, MaxStreams, options ?? new StreamingOptions(), time, NullLogger.Instance);

    /// <summary>Accepts streams and hands them to the test.</summary>
    private sealed class Handler : ISpdyStreamHandler
    {
        private readonly BlockingCollection<SpdyStream> _opened = [];

        public bool IsAccepting { get; init; } = true;

        public bool Accept(SpdyStreamHeaders headers) => IsAccepting;

        public void Opened(SpdyStream stream) => _opened.Add(stream);

        public SpdyStream Take() => _opened.TryTake(out SpdyStream? stream, TimeSpan.FromSeconds(20)) ? stream : throw new TimeoutException("no stream came");
    }

    /// <summary>A connection and its client.</summary>
    private sealed class Lab : IAsyncDisposable
    {
        private readonly DuplexStream _server;

        public Lab(Handler? handler = null, StreamingOptions? options = null, TimeProvider? time = null)
        {
            (_server, DuplexStream client) = DuplexStream.CreatePair();
            Handler = handler ?? new Handler();
            Connection = Connect(_server, Handler, time ?? TimeProvider.System, options);
            Running = RunAsync();
            Client = new SpdyClient(client);
        }

        public Handler Handler { get; }

        public SpdyConnection Connection { get; }

        public SpdyClient Client { get; }

        public Task Running { get; }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await Running.WaitAsync(TimeSpan.FromSeconds(20));
            Connection.Dispose();
        }

        private async Task RunAsync()
        {
            await Connection.RunAsync(CancellationToken.None);
            await _server.DisposeAsync();
        }
    }
}

using Crid.Core;
using Crid.Linux;

namespace Crid.Networking.Tests;

public sealed class PluginTimeTests : IDisposable
{
    private const int TextFileBusy = 26;

    private readonly ManualTime _time = new();
    private readonly NetworkLab _lab;

    public PluginTimeTests() => _lab = new NetworkLab(time: _time);

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task AttachAsync_ProgramIsBeingReplaced_IsTriedAgain()
    {
        int busy = 2;
        _lab.Fake.Answer = call => call.ToString() == "ADD bridge" && busy-- > 0 ? throw new LinuxException("posix_spawn", "bridge", TextFileBusy) : null;

        await _lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None);

        Assert.Equal(["ADD bridge", "ADD bridge", "ADD bridge", "ADD portmap"], _lab.Ran());
        Assert.Equal(2, _time.Timers);
    }

    [Fact]
    public async Task AttachAsync_ProgramStaysBusy_FailsAfterFiveAttempts()
    {
        _lab.Fake.Answer = call => call.ToString() == "ADD bridge" ? throw new LinuxException("posix_spawn", "bridge", TextFileBusy) : null;

        await Assert.ThrowsAsync<CridException>(() => _lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None));

        Assert.Equal(5, _lab.Ran().Count(call => call == "ADD bridge"));
    }

    [Fact]
    public async Task AttachAsync_ChainTakesTooLong_EndsWithDeadlineExceededAndIsUndone()
    {
        _lab.Fake.Answer = call =>
        {
            if (call.ToString() == "ADD bridge")
            {
                _time.Advance(TimeSpan.FromMinutes(3));
            }

            return null;
        };

        CridException exception = await Assert.ThrowsAsync<CridException>(() => _lab.Network.AttachAsync(NetworkLab.Request(), CancellationToken.None));

        Assert.Equal(ErrorKind.DeadlineExceeded, exception.Kind);
        Assert.Equal(["ADD bridge", "DEL portmap", "DEL bridge"], _lab.Ran());
    }

    [Fact]
    public async Task AttachAsync_EveryCall_FailsInTurnWithoutLeavingAnything()
    {
        foreach (string failing in new[] { "ADD bridge", "ADD portmap" })
        {
            AttachmentRequest request = NetworkLab.Request();
            _lab.Fake.Answer = call => call.ToString() == failing ? FakePlugins.Failure(100, "broken") : null;
            await Assert.ThrowsAsync<CridException>(() => _lab.Network.AttachAsync(request, CancellationToken.None));
            Assert.Equal("DEL bridge", _lab.Ran()[^1]);
            Assert.Empty(_lab.CacheFiles);

            _lab.Fake.Answer = _ => null;
            await _lab.Network.AttachAsync(request, CancellationToken.None);
            await _lab.Network.DetachAsync(request, CancellationToken.None);
            Assert.Empty(_lab.CacheFiles);
        }
    }
}

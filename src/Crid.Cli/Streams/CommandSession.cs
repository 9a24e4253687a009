using System.Runtime.InteropServices;
using System.Text;
using Crid.Core;
using Crid.Linux;

namespace Crid.Cli;

/// <summary>Connects this process's standard streams with those of a command or container, until that has ended.</summary>
internal sealed class CommandSession(ChannelClient channels, Terminal terminal)
{
    private const int Stdin = 0;
    private const int Stdout = 1;
    private const int Stderr = 2;
    private const int Status = 3;
    private const int Resize = 4;
    private const int MaxStatusBytes = 64 * 1024;

    private readonly MemoryStream _status = new();

    /// <param name="interactive">Standard input goes to the command.</param>
    /// <param name="tty">It has a terminal: this one's keys go to it as they are, and its size follows.</param>
    /// <returns>The exit code of the command.</returns>
    public async Task<int> RunAsync(bool interactive, bool tty, CancellationToken cancellation)
    {
        using RawTerminal? raw = interactive && tty ? RawTerminal.TryEnter() : null;
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using PosixSignalRegistration? resized = tty
            ? PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Send(SendSizeAsync(ended.Token)))
            : null;
        try
        {
            if (tty)
            {
                Send(SendSizeAsync(ended.Token));
            }

            if (interactive)
            {
                Send(channels.SendAllAsync(Stdin, terminal.InputBytes, ended.Token));
            }

            await channels.ReceiveAllAsync(TakeAsync, cancellation);
        }
        finally
        {
            await ended.CancelAsync();
        }

        return CommandStatus.ReadExitCode(_status.ToArray());
    }

    // Nobody waits for it: the keyboard may never give another key, and a connection that is lost is noticed by the reader.
    private static void Send(Task sending) => _ = sending.ContinueWith(
        static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private async ValueTask TakeAsync(int channel, ReadOnlyMemory<byte> data)
    {
        switch (channel)
        {
            case Stdout:
                await terminal.OutputBytes.WriteAsync(data);
                break;
            case Stderr:
                await terminal.ErrorBytes.WriteAsync(data);
                break;
            case Status when _status.Length + data.Length <= MaxStatusBytes:
                await _status.WriteAsync(data);
                break;
        }
    }

    private async Task SendSizeAsync(CancellationToken cancellation)
    {
        if (RawTerminal.FindSize() is TerminalSize size)
        {
            await channels.SendAsync(Resize, Encoding.ASCII.GetBytes($"\0{{\"Width\":{size.Width},\"Height\":{size.Height}}}"), cancellation);
        }
    }
}

using System.Diagnostics;
using Crid.Core;
using Crid.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Daemon.Tests;

public sealed class TraceExporterTests
{
    [Fact]
    public async Task Spans_OfWork_ArriveWithTheirPlaceInTheTrace()
    {
        await using OtlpReceiver receiver = new();
        ActivityContext caller = ActivityContext.Parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", null);

        await using (new TraceExporter($"{receiver.Endpoint}/", 0, "node", TimeProvider.System, NullLogger.Instance))
        {
            using Activity? call = CridTelemetry.Activities.StartActivity("call", ActivityKind.Server, caller);
            call!.SetTag("rpc.grpc.status_code", 5);
            using MeasuredWork work = MeasuredWork.Begin(CridTelemetry.CreateDurations("test_duration_seconds", "Of tests."), "step", new KeyValuePair<string, object?>("plugin", "bridge"));
            work.Note("crid.sandbox.id", "abc");
            work.Succeed();
        }

        ReceivedSpan outer = receiver.Spans.Single(static span => span.Name == "call");
        ReceivedSpan inner = receiver.Spans.Single(static span => span.Name == "step");
        Assert.Equal(("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", 2L), (outer.TraceId, outer.ParentId, outer.Kind));
        Assert.Equal((outer.TraceId, outer.SpanId, 1L, 1L), (inner.TraceId, inner.ParentId, inner.Kind, inner.Status));
        Assert.Equal(("bridge", "abc"), (inner.Attributes["plugin"], inner.Attributes["crid.sandbox.id"]));
        Assert.Equal("5", outer.Attributes["rpc.grpc.status_code"]);
        Assert.Equal(("crid", "node"), (receiver.Resource["service.name"], receiver.Resource["host.name"]));
        Assert.True(inner.Duration <= outer.Duration);
    }

    [Fact]
    public async Task Spans_CollectorFails_AreDroppedAndLoggedOnce()
    {
        ListLogger log = new();
        await using OtlpReceiver receiver = new() { StatusCode = 503 };

        await using (new TraceExporter(receiver.Endpoint, 100, "node", TimeProvider.System, log))
        {
            CridTelemetry.Activities.StartActivity("first")!.Dispose();
        }

        Assert.Empty(receiver.Spans);
        Assert.Equal(8021, Assert.Single(log.Events));
    }

    [Fact]
    public void Activities_NobodyListens_AreNotMade() => Assert.Null(CridTelemetry.Activities.StartActivity("nothing"));

    [Theory]
    [InlineData(true, 0, ActivitySamplingResult.AllDataAndRecorded)]
    [InlineData(false, 100, ActivitySamplingResult.None)]
    public void Sample_CallerSentATrace_DecidesForIt(bool recorded, int percent, ActivitySamplingResult expected)
    {
        ActivityContext parent = new(
            ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), recorded ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None);

        Assert.Equal(expected, TraceExporter.Sample(parent, percent));
    }

    [Theory]
    [InlineData(0, ActivitySamplingResult.PropagationData)]
    [InlineData(100, ActivitySamplingResult.AllDataAndRecorded)]
    public void Sample_NewTrace_FollowsThePercentage(int percent, ActivitySamplingResult expected) =>
        Assert.Equal(expected, TraceExporter.Sample(default, percent));
}

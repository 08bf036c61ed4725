# Prints how many BPF programs of the kinds that the probes are of (kprobe, tracepoint, tracing) the
# kernel holds; those of systemd are of others.
use strict;
use warnings;

my ( $next_id, $fd_by_id, $info_by_fd, $bpf ) = ( 11, 13, 15, 321 );
my ( $id, $found ) = ( 0, 0 );
while (1) {
    my $request = pack( 'L3 x116', $id, 0, 0 );
    last if syscall( $bpf, $next_id, $request, 128 ) < 0;
    $id = unpack( 'x4 L', $request );
    my $wanted = pack( 'L x124', $id );
    my $fd = syscall( $bpf, $fd_by_id, $wanted, 128 );
    next if $fd < 0;
    my $info = "\0" x 64;
    my $ask = pack( 'L2 P x112', $fd, length $info, $info );
    if ( syscall( $bpf, $info_by_fd, $ask, 128 ) == 0 ) {
        my $kind = unpack( 'L', $info );
        $found++ if $kind == 2 || $kind == 5 || $kind == 26;
    }
    open( my $close, '<&=', $fd ) and close $close;
}
print "$found\n";
